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
    /// <param name="isHeld">Whether a part of the batch, 0…1, is held out; null: none is.</param>
    public GatheredPatches Gather(ReadOnlySpan<float> values, ReadOnlySpan<long> dims, int most, int batch, Func<double, bool>? isHeld)
    {
        long all = _patches.Count(dims);
        int count = (int)Math.Min(all, most);
        int size = _patches.Groups * _patches.Length;
        var patches = new float[count * size];
        List<float[]> held = [];
        ulong drawn = (ulong)batch * (ulong)most;
        int learnt = 0;
        for (int i = 0; i < count; i++)
        {
            // Multiples of the golden ratio spread evenly over the positions, and over those of the next batch anew (Weyl 1916).
            long position = all <= most ? i : (long)Math.BigMul(++drawn * 11400714819323198485UL, (ulong)all, out _);
            Span<float> patch = patches.AsSpan(learnt * size, size);
            _patches.Copy(values, dims, position, patch);
            if (isHeld?.Invoke((position + 0.5) / all) != true)
            {
                learnt++;
            }
            else
            {
                held.Add(patch.ToArray());
            }
        }

        return new GatheredPatches(this, patches, learnt, held);
    }

    /// <summary>Adds patches of one batch, in the order of batches.</summary>
    /// <param name="patches">The patches.</param>
    /// <param name="mostHeld">How many of those held out are kept, spread evenly over them.</param>
    public void Add(GatheredPatches patches, int mostHeld)
    {
        Sums.Add(patches.Learnt, patches.Count);
        int kept = Math.Min(mostHeld, patches.Held.Count);
        for (int i = 0; i < kept; i++)
        {
            (_held ??= new HeldPatches(_patches.Groups, _patches.Length)).Add(patches.Held[(int)((long)i * patches.Held.Count / kept)]);
        }
    }

    /// <summary>Once, at the end: the sums are given up.</summary>
    public LayerMoments ToMoments()
    {
        LayerMoments moments = Sums.ToMoments() with { Held = _held };
        (_sums, _held) = (null, null);
        return moments;
    }
}

/// <summary>Patches of one batch.</summary>
/// <param name="Layer">The layer that reads them.</param>
/// <param name="Learnt">Those that moments count, one after another.</param>
/// <param name="Count">How many those are.</param>
/// <param name="Held">Those that are held out.</param>
internal sealed record GatheredPatches(WatchedLayer Layer, float[] Learnt, int Count, IReadOnlyList<float[]> Held);
