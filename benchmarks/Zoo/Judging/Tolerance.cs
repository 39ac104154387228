namespace QuantBuildTasks.Zoo.Judging;

/// <summary>What counts as the same. Accuracy on the same samples and bytes repeat exactly; times do not.</summary>
internal static class Tolerance
{
    /// <summary>A row covers a reference with this share of its ratio…</summary>
    public const double CoveredRatio = 0.97;

    /// <summary>…and this share of its speed-up.</summary>
    public const double CoveredSpeedup = 0.9;

    /// <summary>What an artifact that passes the front may lose against a reference in what it does not win.</summary>
    public const double Loss = 0.97;

    /// <summary>Speed-ups of two runs that part by less are equal.</summary>
    public const double EqualSpeedup = 0.03;

    /// <summary>Sizes that part by less are equal: graphs are written with other names.</summary>
    public const double EqualRatio = 0.005;

    /// <summary>SQNR that parts by less is equal, in dB.</summary>
    public const double EqualDecibels = 0.1;
}
