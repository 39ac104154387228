using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Preparation.Equivalence;

/// <summary>Compares rewritten models with the one that they come from, on a few inputs, without optimizations and on one thread.</summary>
internal sealed class EquivalenceCheck
{
    /// <summary>
    /// A choice (index, comparison) can flip at a tie though all floats are kept to their tolerance: this share of an integer output's elements
    /// may, or one element, where the rewrite is not bit for bit.
    /// </summary>
    private const double FlippedShare = 0.01;

    private static readonly SessionSettings Settings = new() { Optimization = GraphOptimization.None };

    private readonly IInference _inference;
    private readonly IReadOnlyList<IReadOnlyDictionary<string, Tensor>> _inputs;
    private readonly IReadOnlyList<IReadOnlyDictionary<string, Tensor>> _expected;

    private EquivalenceCheck(IInference inference, IReadOnlyList<IReadOnlyDictionary<string, Tensor>> inputs, IReadOnlyList<IReadOnlyDictionary<string, Tensor>> expected) =>
        (_inference, _inputs, _expected) = (inference, inputs, expected);

    /// <summary>Runs the original model.</summary>
    /// <param name="original">The model that the others must equal.</param>
    /// <param name="sample">One array for each input, on which the model must run; null: random numbers.</param>
    /// <param name="inference">What runs it.</param>
    /// <returns>Null where no inputs are found on which the model runs.</returns>
    public static EquivalenceCheck? Of(OnnxModel original, IReadOnlyDictionary<string, Tensor>? sample, IInference inference)
    {
        using IInferenceSession session = inference.Open(ModelWriter.Store(original), Settings);
        foreach (IReadOnlyList<IReadOnlyDictionary<string, Tensor>> inputs in SampleInputs.Candidates(original.Graph, sample))
        {
            List<Dictionary<string, Tensor>> expected = [];
            try
            {
                expected.Add(Repeatable(session, inputs[0]));
            }
            catch (QuantException e) when (e.Diagnostic.Code == Codes.ModelUnsupported && sample is null)
            {
                // These sizes are not the model's; the next may be.
                continue;
            }

            expected.AddRange(inputs.Skip(1).Select(drawn => OnDrawnNumbers(session, drawn)).TakeWhile(outputs => outputs is not null)!);
            return new EquivalenceCheck(inference, [.. inputs.Take(expected.Count)], expected);
        }

        return null;
    }

    /// <summary>
    /// What the original gives for numbers that nobody chose for it, or null where they are none that it was made for: a float input may be a length,
    /// a mask or an index, and what a model does outside of its domain is no measure for a rewrite.
    /// </summary>
    private static Dictionary<string, Tensor>? OnDrawnNumbers(IInferenceSession session, IReadOnlyDictionary<string, Tensor> inputs)
    {
        try
        {
            Dictionary<string, Tensor> outputs = Repeatable(session, inputs);
            return outputs.Values.All(OutputDifference.IsFinite) ? outputs : null;
        }
        catch (QuantException e) when (e.Diagnostic.Code == Codes.ModelUnsupported)
        {
            return null;
        }
    }

    /// <summary>The output that lies furthest beyond <paramref name="keeps"/>, or null where all are kept.</summary>
    public Deviation? Compare(OnnxModel rewritten, Fidelity keeps)
    {
        try
        {
            return Furthest(rewritten, keeps);
        }
        catch (QuantException e) when (e.Diagnostic.Code == Codes.ModelUnsupported)
        {
            // The original runs, so the rewrite broke it.
            return Deviation.Refused(e.Diagnostic);
        }
    }

    private Deviation? Furthest(OnnxModel rewritten, Fidelity keeps)
    {
        using IInferenceSession session = _inference.Open(ModelWriter.Store(rewritten), Settings);
        Deviation? worst = null;
        foreach ((IReadOnlyDictionary<string, Tensor> inputs, IReadOnlyDictionary<string, Tensor> expected) in _inputs.Zip(_expected))
        {
            Dictionary<string, Tensor> actual = Run(session, inputs);
            foreach ((string name, Tensor reference) in expected)
            {
                double difference = actual.TryGetValue(name, out Tensor? other) ? OutputDifference.Between(reference, other) : double.PositiveInfinity;
                if (difference > Allowed(reference, keeps) && difference > (worst?.Difference ?? 0))
                {
                    worst = Deviation.Of(name, difference, keeps);
                }
            }
        }

        return worst;
    }

    private static double Allowed(Tensor reference, Fidelity keeps)
    {
        bool isFloat = reference.Type is ElementType.Float32 or ElementType.Float16 or ElementType.Float64;
        return isFloat || keeps == Fidelity.BitExact ? keeps.Tolerance : Math.Max(FlippedShare, 1.0 / Math.Max(1, reference.Length));
    }

    /// <summary>The outputs that come out alike twice: a model may draw random numbers.</summary>
    private static Dictionary<string, Tensor> Repeatable(IInferenceSession session, IReadOnlyDictionary<string, Tensor> inputs)
    {
        Dictionary<string, Tensor> again = Run(session, inputs);
        return Run(session, inputs).Where(o => OutputDifference.Between(o.Value, again[o.Key]) == 0).ToDictionary();
    }

    /// <summary>By name, without strings and what is no tensor.</summary>
    private static Dictionary<string, Tensor> Run(IInferenceSession session, IReadOnlyDictionary<string, Tensor> inputs)
    {
        var outputs = new Dictionary<string, Tensor>();
        session.Run(inputs, (index, dims, bytes) =>
            outputs.Add(session.Outputs[index].Name, Tensor.FromBytes(session.Outputs[index].Type, dims.ToArray(), bytes.ToArray())));
        return outputs;
    }
}

