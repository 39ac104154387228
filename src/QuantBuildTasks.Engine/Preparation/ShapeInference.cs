using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Preparation;

/// <summary>
/// Fills <see cref="Value.Type"/> and <see cref="Value.Shape"/> of all values of the main graph: ONNX Runtime infers them when it opens a copy of
/// the model that gives every value as an output. Nothing is computed. Sizes that the file claims for a computed value are not believed
/// (exporters trace with one sample and write its sizes down); graph inputs and outputs keep theirs, which are the caller's contract.
/// Declines where ONNX Runtime refuses the copy.
/// </summary>
internal sealed class ShapeInference(IInference inference) : IPass
{
    public string Name => nameof(ShapeInference);

    public Fidelity Keeps => Fidelity.BitExact;

    /// <returns>Whether a type or shape became known or another.</returns>
    public bool Apply(OnnxModel model, ICollection<Decline> declines)
    {
        OnnxModel copy = ModelReader.Read(ModelWriter.Write(model));
        foreach (Value value in copy.Graph.Values.Where(v => v.Producer is not null))
        {
            (value.Type, value.Shape, value.OtherType, value.Residue) = (ElementType.Undefined, null, null, null);
            if (!value.IsGraphOutput)
            {
                copy.Graph.AddOutput(value);
            }
        }

        var settings = new SessionSettings
        {
            Optimization = GraphOptimization.None,
            Configuration = new Dictionary<string, string> { ["session.disable_prepacking"] = "1" },
        };
        try
        {
            using IInferenceSession session = inference.Open(ModelWriter.Write(copy), settings);
            bool changed = false;
            foreach (ModelPort port in session.Outputs)
            {
                changed |= model.Graph.Find(port.Name) is { Producer: not null } value && Learn(value, port);
            }

            return changed;
        }
        catch (QuantException e) when (e.Diagnostic.Code == Codes.ModelUnsupported)
        {
            declines.Add(new Decline(Name, model.Graph.Name, e.Diagnostic.Text));
            return false;
        }
    }

    private static bool Learn(Value value, ModelPort port)
    {
        if (port.Type == ElementType.Undefined)
        {
            return false;
        }

        // ONNX Runtime's interface gives rank 0 for scalars and for what has no known rank alike.
        Shape? shape = port.Shape is { Rank: > 0 } known ? known : null;
        if (value.IsGraphOutput && (shape is null || value.Shape is not null))
        {
            shape = value.Shape;
        }

        bool same = value.Type == port.Type && (value.Shape is null ? shape is null : shape is not null && value.Shape.SequenceEqual(shape));
        (value.Type, value.Shape) = (port.Type, shape);
        return !same;
    }
}
