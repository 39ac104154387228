using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Preparation.Upgrade;

/// <summary>
/// A float model that ONNX Runtime runs. It has kernels for the operator sets from 7 on, and for some operators of older ones: what it refuses in such a form it may
/// run once upgraded, and only then there is a float32 result to compare with.
/// </summary>
internal static class RunnableForm
{
    /// <summary>The oldest operator set that ONNX Runtime supports. Source: ONNX Runtime, docs/Versioning.md.</summary>
    private const long OldestSupported = 7;

    /// <summary>The file as it is, or upgraded to <see cref="Preparer.LowestOpset"/> where ONNX Runtime refuses it and runs that.</summary>
    /// <param name="file">The ONNX file.</param>
    /// <param name="model">What it holds; it is not changed.</param>
    /// <param name="inference">ONNX Runtime.</param>
    /// <param name="displayPath">What messages call the model.</param>
    /// <exception cref="QuantException">QBT1004: ONNX Runtime refuses the model in both forms; the text is what it says of the file.</exception>
    public static StoredModel Of(StoredModel file, OnnxModel model, IInference inference, string displayPath)
    {
        if (model.Opset is 0 or >= OldestSupported || Refusal(file, inference) is not { } refusal)
        {
            return file;
        }

        OnnxModel copy = ModelWriter.Copy(model);
        OpsetUpgrade.Run(copy, Preparer.LowestOpset, displayPath);
        StoredModel upgraded = ModelWriter.Store(copy);
        return Refusal(upgraded, inference) is null ? upgraded : throw new QuantException(refusal with { File = displayPath });
    }

    private static Diagnostic? Refusal(StoredModel file, IInference inference)
    {
        try
        {
            using IInferenceSession session = inference.Open(file, new SessionSettings { Optimization = GraphOptimization.None });
            return null;
        }
        catch (QuantException e) when (e.Diagnostic.Code == Codes.ModelUnsupported)
        {
            return e.Diagnostic;
        }
    }
}
