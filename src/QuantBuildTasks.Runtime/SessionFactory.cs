using Microsoft.ML.OnnxRuntime;

namespace QuantBuildTasks.Runtime;

/// <summary>Creates sessions, and says in words when the native part of ONNX Runtime does not start.</summary>
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
        catch (Exception e) when (NativeFailure.From(e) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>A session that computes by CUDA.</summary>
    public static InferenceSession CreateWith(CudaProvider cuda, byte[] model)
    {
        try
        {
            return cuda.Open(model);
        }
        catch (Exception e) when (NativeFailure.From(e) is { } failure)
        {
            throw failure;
        }
    }

    private static InferenceSession Create(byte[] model, bool exactArithmetic, SessionOptions options)
    {
        if (exactArithmetic)
        {
            options.AddSessionConfigEntry(ExactArithmeticEntry, "1");
        }

        return new InferenceSession(model, options);
    }
}
