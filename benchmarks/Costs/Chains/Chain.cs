using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Costs.Chains;

/// <summary>A link that gives what it takes, to be repeated: the difference of a long and a short chain is the time of links among their like, without ends.</summary>
/// <param name="Name">What it measures.</param>
/// <param name="Dims">Sizes of its input.</param>
/// <param name="Links">Links of the short chain; the long one has twice as many.</param>
/// <param name="Link">Appends one.</param>
internal sealed record Chain(string Name, long[] Dims, int Links, Func<Sketch, Value, Value> Link)
{
    /// <summary>The chain between two layers that are integers wherever they can be.</summary>
    public OnnxModel Build(bool isLong)
    {
        var sketch = new Sketch(Dims);
        bool isImage = Dims.Length == 4;
        Value x = Layer(sketch, sketch.Input);
        for (int i = 0; i < Links * (isLong ? 2 : 1); i++)
        {
            x = Link(sketch, x);
        }

        x = Layer(sketch, x);
        return sketch.Finish(isImage ? sketch.Node("GlobalAveragePool", [x]) : x);
    }

    private Value Layer(Sketch sketch, Value x) => Dims.Length switch
    {
        4 => sketch.Relu(sketch.Conv(x, Dims[1], Dims[1], 1)),
        3 => sketch.Relu(sketch.Series(x, Dims[1], Dims[1], 1)),
        _ => sketch.Relu(sketch.Gemm(x, Dims[1], Dims[1])),
    };
}
