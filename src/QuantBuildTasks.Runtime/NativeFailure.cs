using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace QuantBuildTasks.Runtime;

/// <summary>Says in words why the native part of ONNX Runtime did not start: it is missing, built for another machine, or of another version than the managed part.</summary>
internal static class NativeFailure
{
    private const string Packages = "Microsoft.ML.OnnxRuntime or one of its flavours (such as Microsoft.ML.OnnxRuntime.Gpu)";

    /// <summary>The failure as QBT5003; null where <paramref name="exception"/> tells of something else.</summary>
    public static QuantModelException? From(Exception exception) =>
        IsFromLoading(exception) ? new QuantModelException(Codes.NoNativeRuntime, Describe(exception, ManagedVersion(), NativeVersion), exception) : null;

    /// <summary>What happened and what to do.</summary>
    /// <param name="exception">What the loader or the managed part threw.</param>
    /// <param name="managed">Version of the managed part.</param>
    /// <param name="native">Finds the version of the native library; asked only where one was loaded.</param>
    internal static string Describe(Exception exception, string managed, Func<string?> native)
    {
        // The managed part meets the native one in a type initializer, perhaps nested in others. The loader's own exceptions stand at the end of the chain.
        Exception cause = exception.GetBaseException();
        string where = $"The inner exception has the details ({cause.GetType().Name}).";
        return cause switch
        {
            DllNotFoundException =>
                $"The native library of ONNX Runtime could not be loaded. Add the package {Packages} to the application, in version {managed} or newer. {where}",
            BadImageFormatException =>
                $"The native library of ONNX Runtime is not made for {RuntimeInformation.ProcessArchitecture} processes. Build the application for the architecture that it runs on. {where}",
            _ =>
                $"The native library of ONNX Runtime was found, but is {native() ?? "of an unknown version"}, and Microsoft.ML.OnnxRuntime.Managed is {managed}, which does not work with an older one. "
                + $"Reference {Packages} in version {managed} or newer, and see that no other copy is found before it (Windows has one of its own in System32). {where}",
        };
    }

    private static bool IsFromLoading(Exception exception) => exception switch
    {
        DllNotFoundException or EntryPointNotFoundException or BadImageFormatException => true,
        TypeInitializationException { TypeName: { } type } => type.StartsWith("Microsoft.ML.OnnxRuntime.", StringComparison.Ordinal),
        _ => false,
    };

    private static string ManagedVersion()
    {
        // The assembly version stays 0.0.0.0 in every release; the informational one ends with the commit.
        object[] found = typeof(InferenceSession).Assembly.GetCustomAttributes(typeof(System.Reflection.AssemblyInformationalVersionAttribute), inherit: false);
        return found.Length == 0 ? "unknown" : ((System.Reflection.AssemblyInformationalVersionAttribute)found[0]).InformationalVersion.Split('+')[0];
    }

    /// <summary>What the native library says of itself, through the two functions of the C API (<c>OrtApiBase</c>) that no version changes.</summary>
    private static string? NativeVersion()
    {
        try
        {
            IntPtr apiBase = OrtGetApiBase();
            return apiBase == IntPtr.Zero
                ? null
                : Marshal.PtrToStringAnsi(Marshal.GetDelegateForFunctionPointer<GetVersionString>(Marshal.ReadIntPtr(apiBase, IntPtr.Size))());
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            // A message is being written for the same failure; it does without the number.
            return null;
        }
    }

    [UnmanagedFunctionPointer(CallingConvention.Winapi)]
    private delegate IntPtr GetVersionString();

    [DllImport("onnxruntime", CallingConvention = CallingConvention.Winapi, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static extern IntPtr OrtGetApiBase();
}
