namespace QuantBuildTasks.Kernels;

/// <summary>Numbers as layers hold them.</summary>
internal static class Numbers
{
    /// <summary>Bell-shaped around 0 (sums of four evenly distributed numbers), the same every time.</summary>
    public static float[] Weights(int count)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() + random.NextSingle() - random.NextSingle() - random.NextSingle())];
    }

    /// <summary>The same behind a Relu: half of them are zero.</summary>
    public static float[] Activations(int count) => Array.ConvertAll(Weights(count), w => Math.Max(0, w));
}
