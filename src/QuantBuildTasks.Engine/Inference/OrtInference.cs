using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Inference;

/// <summary>ONNX Runtime's CPU execution provider.</summary>
internal sealed class OrtInference : IInference
{
    public IInferenceSession Open(ReadOnlyMemory<byte> model, SessionSettings settings)
    {
        try
        {
            using SessionOptions options = Options(settings);
            return new OrtSession(new InferenceSession(AsArray(model), options));
        }
        catch (OnnxRuntimeException e)
        {
            throw QuantException.Error(Codes.ModelUnsupported, $"ONNX Runtime refuses the model: {FirstLine(e.Message)}", null, e);
        }
        catch (Exception e) when (e is DllNotFoundException or TypeInitializationException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw QuantException.Error(
                Codes.NativeLibraryUnavailable,
                $"ONNX Runtime's native library cannot be loaded on this machine: {FirstLine((e.InnerException ?? e).Message)} Build on linux-x64, linux-arm64 (glibc), win-x64, win-arm64 or osx-arm64.",
                null,
                e);
        }
    }

    private static SessionOptions Options(SessionSettings settings)
    {
        var options = new SessionOptions
        {
            IntraOpNumThreads = settings.Threads,
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            GraphOptimizationLevel = settings.Optimization switch
            {
                GraphOptimization.None => GraphOptimizationLevel.ORT_DISABLE_ALL,
                GraphOptimization.Basic => GraphOptimizationLevel.ORT_ENABLE_BASIC,
                GraphOptimization.Extended => GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
                _ => GraphOptimizationLevel.ORT_ENABLE_ALL,
            },
        };
        if (settings.OptimizedModelPath is { } path)
        {
            options.OptimizedModelFilePath = path;
        }

        foreach ((string key, string value) in settings.Configuration)
        {
            options.AddSessionConfigEntry(key, value);
        }

        return options;
    }

    /// <summary>The array behind the memory where it is just that, else a copy: models are large.</summary>
    private static byte[] AsArray(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out ArraySegment<byte> segment) && segment.Count == segment.Array!.Length ? segment.Array : memory.ToArray();

    private static string FirstLine(string message) => message.Split('\n', 2)[0].TrimEnd();
}
