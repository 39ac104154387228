namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>Patches of samples that moments do not count: they tell whether what was learnt from the moments holds on other samples.</summary>
/// <param name="groups">Groups of the layer.</param>
/// <param name="length">Numbers of a patch in one group.</param>
internal sealed class HeldPatches(int groups, int length)
{
    /// <summary>About so many are kept of a layer: errors are summed over all its outputs.</summary>
    public const int Most = 64;

    private readonly List<float[]> _patches = [];
    private readonly int _size = groups * length;

    /// <summary>How many there are.</summary>
    public int Count => _patches.Count;

    /// <summary>What they take in memory.</summary>
    public static long Bytes(int groups, int length) => (long)Most * groups * length * sizeof(float);

    /// <summary>Whether a sample is held out: one in eight, one in four where there are few, none below eight.</summary>
    /// <param name="sample">Its place.</param>
    /// <param name="samples">How many there are.</param>
    public static bool Holds(int sample, int samples) => samples >= 8 && (samples >= 32 ? sample % 8 == 7 : sample % 4 == 3);

    /// <summary>Adds patches, one after another, the groups of each in order.</summary>
    public void Add(ReadOnlySpan<float> patches, int count)
    {
        for (int p = 0; p < count; p++)
        {
            _patches.Add(patches.Slice(p * _size, _size).ToArray());
        }
    }

    /// <summary>The patches of a group side by side: number i of patch p stands at i·<see cref="Count"/> + p.</summary>
    public float[] Columns(int group)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(group * length, _size);
        var columns = new float[length * Count];
        for (int p = 0; p < Count; p++)
        {
            for (int i = 0; i < length; i++)
            {
                columns[(i * Count) + p] = _patches[p][(group * length) + i];
            }
        }

        return columns;
    }
}
