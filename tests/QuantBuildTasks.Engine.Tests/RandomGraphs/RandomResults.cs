using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>What a random model gives on both sides of its flag, and the measure for how far a rewrite may be from it.</summary>
internal sealed class RandomResults
{
    private static readonly bool[] Flags = [false, true];

    private readonly IReadOnlyList<IReadOnlyDictionary<string, Tensor>> _outputs;
    private readonly double _magnitude;

    /// <param name="model">The model before.</param>
    public RandomResults(OnnxModel model)
    {
        _outputs = Run(model);

        // A difference of two large values may be zero: what rounding moves is measured against everything on the way.
        _magnitude = Run(Exposed(model)).SelectMany(r => r.Values).Where(t => t.Type == ElementType.Float32)
            .SelectMany(t => t.Span<float>().ToArray()).Where(float.IsFinite).Select(v => Math.Abs((double)v)).DefaultIfEmpty().Max();
    }

    /// <summary>Asserts that a rewritten model gives the same.</summary>
    public void AssertKeptBy(OnnxModel rewritten, Fidelity keeps)
    {
        foreach ((IReadOnlyDictionary<string, Tensor> expected, IReadOnlyDictionary<string, Tensor> actual) in _outputs.Zip(Run(rewritten)))
        {
            Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
            foreach ((string name, Tensor tensor) in expected)
            {
                double difference = Difference(tensor, actual[name]);
                Assert.True(difference <= keeps.Tolerance * Math.Max(1, _magnitude), $"'{name}' is {difference} off.");
            }
        }
    }

    /// <summary>A copy whose outputs are all values that the main graph computes.</summary>
    public static OnnxModel Exposed(OnnxModel model)
    {
        OnnxModel exposed = ModelReader.Read(ModelWriter.Write(model));
        foreach (Value value in exposed.Graph.Values.Where(v => v.Producer is not null && !v.IsGraphOutput).ToArray())
        {
            exposed.Graph.AddOutput(value);
        }

        return exposed;
    }

    /// <summary>The outputs by name for each side of the flag.</summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, Tensor>> Run(OnnxModel model, GraphOptimization level = GraphOptimization.None)
    {
        using IInferenceSession session = new OrtInference().Open(ModelWriter.Write(model), new SessionSettings { Optimization = level });
        return [.. Flags.Select(flag => session.Outputs.Select(o => o.Name).Zip(session.Run(RandomModel.Inputs(flag))).ToDictionary())];
    }

    private static double Difference(Tensor expected, Tensor actual)
    {
        if (expected.Type != actual.Type || !expected.Dims.SequenceEqual(actual.Dims))
        {
            return double.PositiveInfinity;
        }

        return expected.Type == ElementType.Float32
            ? expected.Span<float>().ToArray().Zip(actual.Span<float>().ToArray(), (a, b) => a.Equals(b) ? 0 : Math.Abs((double)a - b)).Select(d => double.IsNaN(d) ? double.PositiveInfinity : d).DefaultIfEmpty().Max()
            : expected.Bytes.Span.SequenceEqual(actual.Bytes.Span) ? 0 : double.PositiveInfinity;
    }
}
