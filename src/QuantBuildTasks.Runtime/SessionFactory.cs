using Microsoft.ML.OnnxRuntime;

namespace QuantBuildTasks.Runtime;

/// <summary>Creates sessions, and says in words when the native part of ONNX Runtime is not there.</summary>
internal static class SessionFactory
{
    /// <summary>Makes ONNX Runtime use unsigned weights, whose x64 kernels never saturate.</summary>
    private const string ExactArithmeticEntry = "session.x64quantprecision";

    /// <summary>A session over <paramref name="model"/>, which ONNX Runtime parses into memory of its own and does not keep.</summary>
    public static InferenceSession Create(byte[] model, VariantChoice choice, SessionOptions? options)
    {
        try
        {
            if (options is not null)
            {
                return Create(model, choice.ExactArithmetic, options);
            }

            using var defaults = new SessionOptions();
            return Create(model, choice.ExactArithmetic, defaults);
        }
        catch (Exception e) when (IsNativeMissing(e))
        {
            throw new QuantModelException(
                Codes.NoNativeRuntime,
                "The native library of ONNX Runtime could not be loaded. Add the package Microsoft.ML.OnnxRuntime or one of its flavours (such as Microsoft.ML.OnnxRuntime.Gpu) to the application, in the version of Microsoft.ML.OnnxRuntime.Managed. "
                + $"Where the loader looked stands in the inner exception ({e.GetBaseException().GetType().Name}).",
                e);
        }
    }

    internal static bool IsNativeMissing(Exception exception) => exception switch
    {
        DllNotFoundException or EntryPointNotFoundException or BadImageFormatException => true,
        TypeInitializationException { TypeName: { } type } => type.StartsWith("Microsoft.ML.OnnxRuntime.", StringComparison.Ordinal),
        _ => false,
    };

    private static InferenceSession Create(byte[] model, bool exactArithmetic, SessionOptions options)
    {
        if (exactArithmetic)
        {
            options.AddSessionConfigEntry(ExactArithmeticEntry, "1");
        }

        return new InferenceSession(model, options);
    }
}
