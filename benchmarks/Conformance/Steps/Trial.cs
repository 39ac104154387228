using Microsoft.ML.OnnxRuntime;
using QuantBuildTasks.Conformance.Models;

namespace QuantBuildTasks.Conformance.Steps;

/// <summary>One attempt to run a model on its own inputs.</summary>
/// <param name="Outputs">What came out; null where it did not run.</param>
/// <param name="Shipped">What should come out; null where ONNX Runtime does not load the model.</param>
/// <param name="Error">Why it did not run, as ONNX Runtime says it.</param>
internal sealed record Trial(object?[]? Outputs, object?[]? Shipped, string? Error)
{
    /// <summary>Loads and runs, on one thread.</summary>
    /// <param name="model">What has the inputs.</param>
    /// <param name="bytes">The model file.</param>
    /// <param name="optimized">Whether ONNX Runtime optimizes it first.</param>
    public static Trial Of(ConformanceModel model, byte[] bytes, bool optimized = false)
    {
        object?[]? shipped = null;
        try
        {
            using var session = new RawSession(bytes, optimized);
            object?[] inputs = model.Inputs(session.Inputs);
            shipped = model.Outputs(session.Outputs);
            return new Trial(session.Run(inputs), shipped, null);
        }
        catch (OnnxRuntimeException e)
        {
            return new Trial(null, shipped, $"ONNX Runtime {(shipped is null ? "does not load" : "does not run")} it: {Reasons.Of(e.Message)}");
        }
        catch (NotSupportedException e)
        {
            return new Trial(null, shipped, Reasons.Of(e.Message));
        }
    }
}
