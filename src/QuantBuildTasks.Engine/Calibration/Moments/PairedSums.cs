using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>Gathers <see cref="PairedMoments"/> of one layer, batch by batch.</summary>
/// <param name="patches">How the layer cuts its input into patches.</param>
internal sealed class PairedSums(LayerPatches patches)
{
    private readonly MomentSums _sums = new(patches.Groups, 2 * patches.Length);
    private ulong _drawn;

    /// <summary>What the sums of a layer take in memory.</summary>
    public static long Bytes(LayerPatches patches) => MomentSums.Bytes(patches.Groups, 2 * patches.Length);

    /// <summary>Adds patches of a batch, spread evenly over the positions.</summary>
    /// <param name="exact">What the layer of the float model reads.</param>
    /// <param name="quantized">What that of the quantized model reads.</param>
    /// <param name="most">How many patches at most.</param>
    public void Add(Tensor exact, Tensor quantized, int most)
    {
        long[] dims = [.. exact.Dims];
        long all = patches.Count(dims);
        int count = (int)Math.Min(all, most);
        int length = patches.Length;
        int size = patches.Groups * length;
        var (x, read) = (new float[size], new float[size]);
        var joint = new float[count * 2 * size];
        for (int i = 0; i < count; i++)
        {
            long position = all <= most ? i : (long)Math.BigMul(++_drawn * 11400714819323198485UL, (ulong)all, out _);
            patches.Copy(exact.Span<float>(), dims, position, x);
            patches.Copy(quantized.Span<float>(), dims, position, read);
            for (int k = 0; k < size; k++)
            {
                int at = (i * 2 * size) + (k / length * 2 * length) + (k % length);
                joint[at] = read[k];
                joint[at + length] = x[k] - read[k];
            }
        }

        _sums.Add(joint, count);
    }

    public PairedMoments ToMoments() => new(_sums.ToMoments());
}
