using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Preparation.Folding;

/// <summary>
/// Fills <see cref="Value.Type"/> and <see cref="Value.Shape"/> of all values, those in branches and bodies included: ONNX Runtime infers them when it
/// opens a copy of the model that gives every value as an output (<see cref="FlatModel"/>). Nothing is computed. Sizes that the file claims for a
/// computed value, or for what a body is given, are not believed (exporters trace with one sample and write its sizes down); inputs and outputs of the
/// model keep theirs, which are the caller's contract. Declines where ONNX Runtime refuses the copy.
/// </summary>
internal sealed class ShapeInference(IInference inference) : IPass
{
    public string Name => nameof(ShapeInference);

    public Fidelity Keeps => Fidelity.BitExact;

    /// <returns>Whether a type or shape became known or another.</returns>
    public bool Apply(OnnxModel model, ICollection<Decline> declines)
    {
        bool changed = false;
        FlatModel flat = FlatModel.Of(model);
        HashSet<Graph> scanned = [.. model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).Where(n => n.OpType == "Scan").SelectMany(n => n.Subgraphs)];
        foreach ((Value input, Value copy) in flat.Copies.Where(p => p.Key.IsGraphInput && p.Key.Graph.Parent is not null))
        {
            // What a Scan hands to its body keeps its sizes from round to round, and ONNX Runtime must find them in the file.
            if (scanned.Contains(input.Graph) && input.Shape is { IsStatic: true } && copy.Shape is not { IsStatic: true })
            {
                continue;
            }

            changed |= !Same(input.Shape, copy.Shape);
            input.Shape = copy.Shape;
        }

        string? refusal = Infer(flat.Model, flat.Copies, ref changed);
        if (refusal is not null && model.Graph.SelfAndSubgraphs().Skip(1).Any())
        {
            // A branch that no condition ever takes may be one that could not run: the main graph alone then.
            declines.Add(new Decline(Name, "branches and bodies", refusal));
            OnnxModel copy = ModelWriter.Copy(model);
            refusal = Infer(copy, model.Graph.Values.ToDictionary(v => v, v => copy.Graph.Find(v.Name)!), ref changed);
        }

        if (refusal is not null)
        {
            declines.Add(new Decline(Name, model.Graph.Name, refusal));
        }

        return changed;
    }

    /// <summary>Opens a copy, and takes over what ONNX Runtime says of its values.</summary>
    /// <returns>Why ONNX Runtime refuses it; null where it does not.</returns>
    private string? Infer(OnnxModel copy, IReadOnlyDictionary<Value, Value> copies, ref bool changed)
    {
        Dictionary<string, Value> originals = copies.Where(p => p.Value.Producer is not null).ToDictionary(p => p.Value.Name, p => p.Key, StringComparer.Ordinal);
        foreach (Value value in copies.Values.Where(v => v.Producer is not null))
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
            using IInferenceSession session = inference.Open(ModelWriter.Store(copy), settings);
            foreach (ModelPort port in session.Outputs)
            {
                changed |= originals.TryGetValue(port.Name, out Value? value) && Learn(value, port);
            }

            return null;
        }
        catch (QuantException e) when (e.Diagnostic.Code == Codes.ModelUnsupported)
        {
            return e.Diagnostic.Text;
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
        if (value.IsGraphOutput && value.Graph.Parent is null && (shape is null || value.Shape is not null))
        {
            shape = value.Shape;
        }

        bool same = value.Type == port.Type && Same(value.Shape, shape);
        (value.Type, value.Shape) = (port.Type, shape);
        return !same;
    }

    private static bool Same(Shape? a, Shape? b) => a is null ? b is null : b is not null && a.SequenceEqual(b);
}
