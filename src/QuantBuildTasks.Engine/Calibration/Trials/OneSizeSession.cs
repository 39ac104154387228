using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation.Folding;

namespace QuantBuildTasks.Engine.Calibration.Trials;

/// <summary>
/// Opens a model for batches of one size. Where sizes have names, ONNX Runtime 1.31.1 compares each tensor's with those of all that were given up before, name by name, to find one whose memory it
/// can take over: four seconds for 2,500 nodes that take a tenth of one when sizes are numbers.
/// </summary>
internal static class OneSizeSession
{
    /// <summary>Opens it.</summary>
    /// <param name="inference">Runs it.</param>
    /// <param name="model">The model; it is not changed.</param>
    /// <param name="batch">What it will run on has these sizes.</param>
    /// <param name="settings">How it runs.</param>
    /// <exception cref="QuantException">QBT1004: ONNX Runtime refuses the model.</exception>
    public static IInferenceSession Open(IInference inference, OnnxModel model, IReadOnlyDictionary<string, Tensor> batch, SessionSettings settings)
    {
        IInferenceSession session = Opened(inference, model, batch, settings);
        FreedMemory.Return();
        return session;
    }

    private static IInferenceSession Opened(IInference inference, OnnxModel model, IReadOnlyDictionary<string, Tensor> batch, SessionSettings settings)
    {
        try
        {
            return inference.Open(Fixed(model, batch), settings);
        }
        catch (QuantException e) when (e.Diagnostic.Code == Codes.ModelUnsupported)
        {
            // A branch that no condition ever takes may be one that could not run at these sizes.
            return inference.Open(ModelWriter.Store(model), settings);
        }
    }

    private static StoredModel Fixed(OnnxModel model, IReadOnlyDictionary<string, Tensor> batch)
    {
        OnnxModel copy = ModelWriter.Copy(model);
        SampleSizes.Fix(copy, batch);
        return ModelWriter.Store(copy);
    }
}
