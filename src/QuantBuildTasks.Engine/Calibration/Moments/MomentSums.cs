namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>
/// Sums of a layer's patches and of their products, group by group. Patches are gathered in blocks of a set size; each product is summed patch after patch in a block, and the blocks one after another:
/// the sums depend neither on the width of the vector registers, nor on the number of threads, nor on how many patches come at once.
/// </summary>
internal sealed class MomentSums
{
    /// <summary>Many short patches side by side fill vectors better than each by itself.</summary>
    private const int ShortPatch = 64;
    private const int ManyGroups = 8;

    private readonly int _groups;
    private readonly int _length;
    private readonly double[] _sums;
    private readonly ProductSums _products;
    private float[]? _block;
    private int _inBlock;
    private long _count;

    /// <param name="groups">Groups of the layer.</param>
    /// <param name="length">Numbers of a patch in one group.</param>
    public MomentSums(int groups, int length)
    {
        (_groups, _length) = (groups, length);
        _sums = new double[groups * length];
        _products = IsShort(groups, length) ? new GroupedProducts(groups, length) : new MatrixProducts(groups, length);
    }

    /// <summary>What the sums take in memory.</summary>
    public static long Bytes(int groups, int length) =>
        ((IsShort(groups, length) ? GroupedProducts.Numbers(groups, length) : MatrixProducts.Numbers(groups, length)) * sizeof(float)) + ((long)groups * length * (sizeof(double) + (ProductSums.Block * sizeof(float))));

    /// <summary>Adds patches.</summary>
    /// <param name="patches">One after another, the groups of each in order.</param>
    /// <param name="count">How many.</param>
    /// <param name="threads">The most that add; −1: as many as there are.</param>
    public void Add(float[] patches, int count, int threads = -1)
    {
        int size = _sums.Length;
        _block ??= new float[_products.BlockNumbers];
        for (int p = 0; p < count; p++)
        {
            ReadOnlySpan<float> patch = patches.AsSpan(p * size, size);
            for (int i = 0; i < size; i++)
            {
                _sums[i] += patch[i];
            }

            _products.Place(patch, _inBlock, _block);
            _count++;
            if (++_inBlock == ProductSums.Block)
            {
                Flush(threads);
            }
        }
    }

    /// <summary>The means of all that was added, zeros where nothing was; nothing can be added any more.</summary>
    public LayerMoments ToMoments()
    {
        Flush(1);
        _block = null;
        float[] mean = Array.ConvertAll(_sums, s => (float)(s / Math.Max(1, _count)));
        return new LayerMoments(_groups, _length, mean, _products.ToMatrices(Math.Max(1, _count)), _count);
    }

    private static bool IsShort(int groups, int length) => length <= ShortPatch && groups >= ManyGroups;

    private void Flush(int threads)
    {
        if (_inBlock > 0)
        {
            _products.Add(_block!, _inBlock, threads);
            _inBlock = 0;
        }
    }
}
