using Microsoft.ML.OnnxRuntime;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Inference;

/// <summary>ONNX Runtime's CPU execution provider.</summary>
internal sealed class OrtInference : IInference
{
    static OrtInference() => Telemetry.Forbid();

    public IInferenceSession Open(StoredModel model, SessionSettings settings)
    {
        try
        {
            model = settings.ExactSums ? UnsignedWeights.In(model) : model;
            using SessionOptions options = Options(settings, model.Folder);
            return new OrtSession(new InferenceSession(model.Graph, options), model.Graph.Length);
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

    private static SessionOptions Options(SessionSettings settings, string? weightFolder)
    {
        var options = new SessionOptions
        {
            IntraOpNumThreads = settings.Threads,
            InterOpNumThreads = 1,
            EnableMemoryPattern = settings.PlansMemory,
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

        // ONNX Runtime warns of a key that comes twice.
        Dictionary<string, string> entries = weightFolder is null ? [] : LeaveWeightsInFiles(options, weightFolder);
        foreach ((string key, string value) in settings.Configuration)
        {
            entries[key] = value;
        }

        foreach ((string key, string value) in entries)
        {
            options.AddSessionConfigEntry(key, value);
        }

        return options;
    }

    /// <summary>
    /// ONNX Runtime maps the weights, and would copy them nevertheless to pack them for its kernels, to lay them out in blocks, or to compute with them
    /// beforehand; and it would keep what one run needed for the next. None of that changes a result by more than the order of sums.
    /// </summary>
    private static Dictionary<string, string> LeaveWeightsInFiles(SessionOptions options, string folder)
    {
        options.EnableCpuMemArena = false;
        options.EnableMemoryPattern = false;
        return new Dictionary<string, string>
        {
            ["session.model_external_initializers_file_folder_path"] = folder,
            ["session.disable_prepacking"] = "1",
            ["optimization.disable_specified_optimizers"] = "ConstantFolding;NchwcTransformer",
        };
    }

    private static string FirstLine(string message) => message.Split('\n', 2)[0].TrimEnd();
}
