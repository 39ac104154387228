namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>Sums of products of the numbers of patches, in a layout of their own.</summary>
internal abstract class ProductSums
{
    /// <summary>Below so many products another thread costs more than it gives.</summary>
    private const long FewProducts = 1 << 18;

    /// <summary>Patches of a block: enough that products pass through memory seldom, few enough that they stay in the cache.</summary>
    public const int Block = 32;

    /// <summary>Numbers that a block takes.</summary>
    public abstract int BlockNumbers { get; }

    /// <summary>Copies a patch, group after group, to its place in a block.</summary>
    /// <param name="patch">The patch.</param>
    /// <param name="p">Which of the block.</param>
    /// <param name="block">The block, zeros at first.</param>
    public abstract void Place(ReadOnlySpan<float> patch, int p, float[] block);

    /// <summary>Adds the products of a block.</summary>
    /// <param name="block">Patches as <see cref="Place"/> laid them out.</param>
    /// <param name="count">How many.</param>
    /// <param name="threads">The most that add; −1: as many as there are.</param>
    public void Add(float[] block, int count, int threads)
    {
        if (threads == 1 || Products * count < FewProducts)
        {
            for (int part = 0; part < Parts; part++)
            {
                AddPart(part, block, count);
            }
        }
        else
        {
            Parallel.For(0, Parts, new ParallelOptions { MaxDegreeOfParallelism = threads }, part => AddPart(part, block, count));
        }
    }

    /// <summary>The sums ÷ <paramref name="count"/> as full symmetric matrices, group after group. Once, at the end: the memory of the sums becomes theirs where that fits.</summary>
    public abstract float[] ToMatrices(long count);

    /// <summary>Parts that can be added side by side.</summary>
    protected abstract int Parts { get; }

    /// <summary>Products of one patch.</summary>
    protected abstract long Products { get; }

    /// <summary>Adds one part of the products.</summary>
    protected abstract void AddPart(int part, float[] block, int count);
}
