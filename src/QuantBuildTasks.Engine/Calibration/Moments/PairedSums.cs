using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>Gathers <see cref="PairedMoments"/> of one layer, batch by batch.</summary>
/// <param name="patches">How the layer cuts its input into patches.</param>
/// <param name="withProducts">Whether to gather E[x̂·dᵀ] too, which takes four times the memory.</param>
internal sealed class PairedSums(LayerPatches patches, bool withProducts)
{
    private readonly MomentSums _sums = new(patches.Groups, (withProducts ? 2 : 1) * patches.Length);
    private readonly double[] _missing = new double[patches.Groups * patches.Length];
    private ulong _drawn;
    private long _count;

    /// <summary>What the sums of a layer take in memory.</summary>
    public static long Bytes(LayerPatches patches, bool withProducts) => MomentSums.Bytes(patches.Groups, (withProducts ? 2 : 1) * patches.Length);

    /// <summary>Adds patches of a batch, spread evenly over the positions.</summary>
    /// <param name="exact">What the layer of the float model reads.</param>
    /// <param name="quantized">What that of the quantized model reads.</param>
    /// <param name="most">How many patches at most.</param>
    public void Add(Tensor exact, Tensor quantized, int most)
    {
        long[] dims = [.. exact.Dims];
        long all = patches.Count(dims);
        int count = (int)Math.Min(all, most);
        int size = _missing.Length;
        int stride = withProducts ? 2 * size : size;
        var (x, read) = (new float[size], new float[size]);
        var gathered = new float[count * stride];
        for (int i = 0; i < count; i++)
        {
            // Multiples of the golden ratio, as for one model (MomentCollector).
            long position = all <= most ? i : (long)Math.BigMul(++_drawn * 11400714819323198485UL, (ulong)all, out _);
            patches.Copy(exact.Span<float>(), dims, [position], x);
            patches.Copy(quantized.Span<float>(), dims, [position], read);
            Put(x, read, gathered.AsSpan(i * stride, stride));
        }

        _sums.Add(gathered, count);
        _count += count;
    }

    /// <summary>Once, at the end.</summary>
    /// <param name="leastPatches">The mean of d counts as 0 where fewer patches were seen.</param>
    public PairedMoments ToMoments(int leastPatches = 1)
    {
        LayerMoments sums = _sums.ToMoments();
        float[] missing = Array.ConvertAll(_missing, m => _count < leastPatches ? 0 : (float)(m / Math.Max(1, _count)));
        return withProducts ? Split(sums, missing) : new PairedMoments(sums, missing);
    }

    /// <summary>x̂, or the groups of x̂ each followed by those of d.</summary>
    private void Put(float[] x, float[] read, Span<float> patch)
    {
        int length = patches.Length;
        for (int k = 0; k < x.Length; k++)
        {
            float missing = x[k] - read[k];
            _missing[k] += missing;
            int at = withProducts ? (k / length * 2 * length) + (k % length) : k;
            patch[at] = read[k];
            if (withProducts)
            {
                patch[at + length] = missing;
            }
        }
    }

    private PairedMoments Split(LayerMoments both, float[] missing)
    {
        int length = patches.Length;
        var mean = new float[missing.Length];
        var second = new float[missing.Length * length];
        var products = new float[missing.Length * length];
        for (int k = 0; k < missing.Length; k++)
        {
            int row = (k / length * 2 * length) + (k % length);
            mean[k] = both.Mean[row];
            both.Second.AsSpan(row * 2 * length, length).CopyTo(second.AsSpan(k * length));
            both.Second.AsSpan((row * 2 * length) + length, length).CopyTo(products.AsSpan(k * length));
        }

        return new PairedMoments(new LayerMoments(patches.Groups, length, mean, second, both.Count), missing, products);
    }
}
