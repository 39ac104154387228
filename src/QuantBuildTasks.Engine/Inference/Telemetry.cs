using System.Runtime.InteropServices;

namespace QuantBuildTasks.Engine.Inference;

/// <summary>
/// ONNX Runtime's builds report their use over the network and keep a session file in the temporary folder, unless the environment forbids it
/// before the library is loaded (ONNX Runtime, Privacy.md). A build must not open a socket.
/// </summary>
internal static partial class Telemetry
{
    /// <summary>The variable that ONNX Runtime looks at; a process that is started for it gets it too.</summary>
    public const string Variable = "ORT_DISABLE_TELEMETRY";

    public const string Off = "1";

    /// <summary>Forbids it in this process, as long as ONNX Runtime has not been loaded.</summary>
    public static void Forbid()
    {
        // On Unix .NET keeps a copy of the environment to itself, and native code reads the real one.
        Environment.SetEnvironmentVariable(Variable, Off);
        if (!OperatingSystem.IsWindows() && SetVariable(Variable, Off, 1) != 0)
        {
            throw new InvalidOperationException($"{Variable} cannot be set: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
