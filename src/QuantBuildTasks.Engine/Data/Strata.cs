namespace QuantBuildTasks.Engine.Data;

/// <summary>
/// Picks some of many evenly: one of each stretch of the same length, so that sorted data are covered from end to end, and within its stretch at a place that follows the multiples of the golden
/// ratio (Weyl 1916), so that data in which something recurs at even distances, such as classes that take turns, are covered too.
/// </summary>
internal static class Strata
{
    /// <summary>2⁶⁴ ÷ the golden ratio.</summary>
    private const ulong Golden = 11400714819323198485;

    /// <summary>The places in ascending order; all where there are no more than <paramref name="some"/>.</summary>
    public static IEnumerable<int> Of(int all, int some)
    {
        int picked = Math.Min(all, some);
        for (long i = 0; i < picked; i++)
        {
            (long start, long end) = (i * all / picked, (i + 1) * all / picked);
            yield return (int)(start + (long)Math.BigMul((ulong)i * Golden, (ulong)(end - start), out _));
        }
    }

    /// <summary>All places in an order of which each beginning is spread over them: that of the fractional parts of their multiples of the golden ratio.</summary>
    public static IEnumerable<int> Mixed(int all) => Enumerable.Range(0, all).OrderBy(i => (ulong)i * Golden);
}
