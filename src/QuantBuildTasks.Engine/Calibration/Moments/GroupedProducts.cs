using System.Runtime.Intrinsics;

namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>
/// Products of short patches of many groups, as those of depthwise layers: the same product of neighbouring groups side by side in a vector, so that no lane is idle however short a patch is. Only
/// products i ≤ j are kept.
/// </summary>
internal sealed class GroupedProducts(int groups, int length) : ProductSums
{
    private const int Together = 2 * Width;
    private const int Width = 8;

    private readonly int _padded = Padded(groups);
    private readonly float[] _products = new float[Numbers(groups, length)];

    public override int BlockNumbers => Block * _padded * length;

    protected override int Parts => _padded / Together;

    protected override long Products => (long)groups * length * (length + 1) / 2;

    /// <summary>How many sums there are.</summary>
    public static long Numbers(int groups, int length) => (long)Padded(groups) * length * (length + 1) / 2;

    public override void Place(ReadOnlySpan<float> patch, int p, float[] block)
    {
        // Part after part, in it patch after patch, in it number after number of sixteen groups: a part's patches are neighbours in the cache.
        for (int g = 0; g < groups; g++)
        {
            int at = (((g / Together * Block) + p) * Together * length) + (g % Together);
            foreach (float number in patch.Slice(g * length, length))
            {
                block[at] = number;
                at += Together;
            }
        }
    }

    public override float[] ToMatrices(long count)
    {
        var matrices = new float[groups * length * length];
        int pairs = length * (length + 1) / 2;
        for (int g = 0; g < groups; g++)
        {
            int at = (g / Together * Together * pairs) + (g % Together);
            int to = g * length * length;
            for (int i = 0; i < length; i++)
            {
                for (int j = i; j < length; j++, at += Together)
                {
                    float value = _products[at] / count;
                    matrices[to + (i * length) + j] = value;
                    matrices[to + (j * length) + i] = value;
                }
            }
        }

        return matrices;
    }

    protected override void AddPart(int part, float[] block, int count)
    {
        ReadOnlySpan<float> patches = block.AsSpan(part * Block * Together * length, count * Together * length);
        Span<float> target = _products.AsSpan(part * Together * (length * (length + 1) / 2));
        for (int i = 0; i < length; i++)
        {
            int j = i;
            for (; j + 4 <= length; j += 4, target = target[(4 * Together)..])
            {
                AddFour(patches, i * Together, j * Together, target);
                AddFour(patches, (i * Together) + Width, (j * Together) + Width, target[Width..]);
            }

            for (; j < length; j++, target = target[Together..])
            {
                AddOne(patches, i * Together, j * Together, target);
                AddOne(patches, (i * Together) + Width, (j * Together) + Width, target[Width..]);
            }
        }
    }

    private void AddFour(ReadOnlySpan<float> patches, int i, int j, Span<float> target)
    {
        Vector256<float> a = default, b = default, c = default, d = default;
        ReadOnlySpan<float> patch = patches;
        for (; patch.Length > 0; patch = patch[(Together * length)..])
        {
            Vector256<float> x = Vector256.Create(patch[i..]);
            ReadOnlySpan<float> others = patch.Slice(j, (3 * Together) + Width);
            a += x * Vector256.Create(others);
            b += x * Vector256.Create(others[Together..]);
            c += x * Vector256.Create(others[(2 * Together)..]);
            d += x * Vector256.Create(others[(3 * Together)..]);
        }

        Accumulate(target, a);
        Accumulate(target[Together..], b);
        Accumulate(target[(2 * Together)..], c);
        Accumulate(target[(3 * Together)..], d);
    }

    private void AddOne(ReadOnlySpan<float> patches, int i, int j, Span<float> target)
    {
        Vector256<float> sum = default;
        for (ReadOnlySpan<float> patch = patches; patch.Length > 0; patch = patch[(Together * length)..])
        {
            sum += Vector256.Create(patch[i..]) * Vector256.Create(patch[j..]);
        }

        Accumulate(target, sum);
    }

    private static void Accumulate(Span<float> target, Vector256<float> sum) => (Vector256.Create<float>(target) + sum).CopyTo(target);

    private static int Padded(int groups) => (groups + Together - 1) / Together * Together;
}
