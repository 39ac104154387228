using Microsoft.ML.OnnxRuntime;

namespace QuantBuildTasks.Runtime;

/// <summary>Whether ONNX Runtime can use an NVIDIA processor in this process, and how it is told to.</summary>
/// <param name="available">The names of the execution providers that the native ONNX Runtime was built with.</param>
/// <param name="append">Adds the CUDA provider to options; throws what ONNX Runtime throws.</param>
internal sealed class CudaProvider(Func<IReadOnlyList<string>> available, Action<SessionOptions> append)
{
    /// <summary>The word for this provider in a variant's index.</summary>
    public const string Word = "cuda";

    private const string NativeName = "CUDAExecutionProvider";

    /// <summary>A model of one node, y = |x| with one number: what a session of it needs, every session needs.</summary>
    private const string ProbeModel = "CAg6MgoLCgF4EgF5IgNBYnMSAWdaDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgIQDQ==";

    private readonly Lazy<string?> _objection = new(() => Probe(available, append));

    /// <summary>That of this process; it is looked at once, where a model has a variant for it.</summary>
    public static CudaProvider Current { get; } = new(() => OrtEnv.Instance().GetAvailableProviders(), Append);

    /// <summary>Why it cannot be used, as words that follow a colon; null where it can.</summary>
    public string? Objection => _objection.Value;

    /// <summary>A session over <paramref name="model"/> that uses the provider.</summary>
    /// <exception cref="OnnxRuntimeException">There is no driver or no processor, or the model does not fit it.</exception>
    public InferenceSession Open(byte[] model)
    {
        using var options = new SessionOptions();
        append(options);
        return new InferenceSession(model, options);
    }

    /// <summary>The first line of what ONNX Runtime says; the rest is about its source files.</summary>
    public static string FirstLine(Exception exception) => exception.Message.Split('\n')[0].Trim();

    private static void Append(SessionOptions options)
    {
        using var cuda = new OrtCUDAProviderOptions();
        options.AppendExecutionProvider_CUDA(cuda);
    }

    private static string? Probe(Func<IReadOnlyList<string>> available, Action<SessionOptions> append)
    {
        try
        {
            if (!available().Contains(NativeName))
            {
                return "the native ONNX Runtime of this application has no CUDA provider (the package Microsoft.ML.OnnxRuntime.Gpu brings one)";
            }

            // Libraries, driver, processor: each is missed at another moment, the last of them when the first kernel runs.
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            append(options);
            using var session = new InferenceSession(Convert.FromBase64String(ProbeModel), options);
            using var input = OrtValue.CreateTensorValueFromMemory(new float[1], [1]);
            using var run = new RunOptions();
            session.Run(run, ["x"], [input], ["y"]).Dispose();
            return null;
        }
        catch (OnnxRuntimeException e)
        {
            return $"ONNX Runtime could not start its CUDA provider here ({FirstLine(e)})";
        }
        catch (Exception e) when (NativeFailure.From(e) is { } failure)
        {
            throw failure;
        }
    }
}
