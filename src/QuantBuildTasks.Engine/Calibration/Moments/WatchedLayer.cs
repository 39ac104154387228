using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>A layer whose moments are gathered.</summary>
internal sealed class WatchedLayer
{
    private readonly LayerPatches _patches;

    // Made with the first patches: layers that wait for their pass must not hold matrices yet, nor those that are too large ever.
    private MomentSums? _sums;
    private HeldPatches? _held;

    private WatchedLayer(string name, string input, LayerPatches patches) => (Name, Input, _patches) = (name, input, patches);

    public string Name { get; }

    /// <summary>The value that it reads.</summary>
    public string Input { get; }

    /// <summary>What its sums take in memory.</summary>
    public long Bytes => MomentSums.Bytes(_patches.Groups, _patches.Length) + HeldPatches.Bytes(_patches.Groups, _patches.Length);

    private MomentSums Sums => _sums ??= new MomentSums(_patches.Groups, _patches.Length);

    /// <summary>The layer of a node, or null where it has no stored weight.</summary>
    public static WatchedLayer? Of(Node node) => LayerPatches.Of(node) is { } patches ? new WatchedLayer(node.DisplayName, node.Input(0)!.Name, patches) : null;

    /// <summary>Copies patches of a batch, spread evenly over its positions; from any thread.</summary>
    /// <param name="values">What the layer reads.</param>
    /// <param name="dims">Its sizes.</param>
    /// <param name="most">How many patches at most.</param>
    /// <param name="batch">Which batch it is.</param>
    /// <param name="isHeld">Whether a place in the batch, 0…1, is held out.</param>
    /// <param name="mostHeld">How many of the patches that are held out are kept, spread evenly over them.</param>
    public GatheredPatches Gather(ReadOnlySpan<float> values, ReadOnlySpan<long> dims, int most, int batch, Func<double, bool> isHeld, int mostHeld)
    {
        long all = _patches.Count(dims);
        int count = (int)Math.Min(all, most);
        ulong drawn = (ulong)batch * (ulong)most;
        (List<long> learnt, List<long> held) = ([], []);
        for (int i = 0; i < count; i++)
        {
            // Multiples of the golden ratio spread evenly over the positions, and over those of the next batch anew (Weyl 1916).
            long position = all <= most ? i : (long)Math.BigMul(++drawn * 11400714819323198485UL, (ulong)all, out _);
            (isHeld((position + 0.5) / all) ? held : learnt).Add(position);
        }

        int kept = Math.Min(mostHeld, held.Count);
        return new GatheredPatches(Copy(values, dims, [.. learnt]), learnt.Count, Copy(values, dims, [.. Enumerable.Range(0, kept).Select(i => held[(int)((long)i * held.Count / kept)])]), kept);
    }

    /// <summary>Adds patches of one batch, in the order of batches.</summary>
    public void Add(GatheredPatches patches)
    {
        Sums.Add(patches.Learnt, patches.Count);
        if (patches.HeldCount > 0)
        {
            (_held ??= new HeldPatches(_patches.Groups, _patches.Length)).Add(patches.Held, patches.HeldCount);
        }
    }

    private float[] Copy(ReadOnlySpan<float> values, ReadOnlySpan<long> dims, long[] positions)
    {
        var patches = new float[positions.Length * _patches.Groups * _patches.Length];
        _patches.Copy(values, dims, positions, patches);
        return patches;
    }

    /// <summary>Once, at the end: the sums are given up.</summary>
    public LayerMoments ToMoments()
    {
        LayerMoments moments = Sums.ToMoments() with { Held = _held };
        (_sums, _held) = (null, null);
        return moments;
    }
}

/// <summary>Patches of one batch, one after another.</summary>
/// <param name="Learnt">Those that moments count.</param>
/// <param name="Count">How many those are.</param>
/// <param name="Held">Those that are held out.</param>
/// <param name="HeldCount">How many those are.</param>
internal sealed record GatheredPatches(float[] Learnt, int Count, float[] Held, int HeldCount);
