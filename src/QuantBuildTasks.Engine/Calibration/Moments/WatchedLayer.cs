using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>A layer whose moments are gathered.</summary>
internal sealed class WatchedLayer
{
    private readonly LayerPatches _patches;

    // Made with the first patches: layers that wait for their pass must not hold matrices yet, nor those that are too large ever.
    private MomentSums? _sums;

    private WatchedLayer(string name, string input, LayerPatches patches) => (Name, Input, _patches) = (name, input, patches);

    public string Name { get; }

    /// <summary>The value that it reads.</summary>
    public string Input { get; }

    /// <summary>What its sums take in memory.</summary>
    public long Bytes => MomentSums.Bytes(_patches.Groups, _patches.Length);

    private MomentSums Sums => _sums ??= new MomentSums(_patches.Groups, _patches.Length);

    /// <summary>The layer of a node, or null where it has no stored weight.</summary>
    public static WatchedLayer? Of(Node node) => LayerPatches.Of(node) is { } patches ? new WatchedLayer(node.DisplayName, node.Input(0)!.Name, patches) : null;

    /// <summary>Copies patches of a batch, spread evenly over its positions; from any thread.</summary>
    /// <param name="values">What the layer reads.</param>
    /// <param name="dims">Its sizes.</param>
    /// <param name="most">How many patches at most.</param>
    /// <param name="batch">Which batch it is.</param>
    public (float[] Patches, int Count) Gather(ReadOnlySpan<float> values, ReadOnlySpan<long> dims, int most, int batch)
    {
        long all = _patches.Count(dims);
        int count = (int)Math.Min(all, most);
        int size = _patches.Groups * _patches.Length;
        var patches = new float[count * size];
        ulong drawn = (ulong)batch * (ulong)most;
        long[] positions = new long[count];
        for (int i = 0; i < count; i++)
        {
            // Multiples of the golden ratio spread evenly over the positions, and over those of the next batch anew (Weyl 1916).
            positions[i] = all <= most ? i : (long)Math.BigMul(++drawn * 11400714819323198485UL, (ulong)all, out _);
        }

        _patches.Copy(values, dims, positions, patches);
        return (patches, count);
    }

    /// <summary>Adds patches of one batch, in the order of batches.</summary>
    public void Add(float[] patches, int count) => Sums.Add(patches, count);

    /// <summary>Once, at the end: the sums are given up.</summary>
    public LayerMoments ToMoments()
    {
        LayerMoments moments = Sums.ToMoments();
        _sums = null;
        return moments;
    }
}
