namespace QuantBuildTasks.Engine.Pipeline.Variants;

/// <summary>What a search for the best mix of precisions tried, and what it took.</summary>
/// <param name="Candidates">Everything that was measured, in the order in which it was tried.</param>
/// <param name="Taken">The place of the winner among them.</param>
/// <param name="Reason">Why that one: a sentence.</param>
/// <param name="Samples">How many calibration samples were held out to measure candidates on.</param>
/// <param name="TargetDb">Up to this signal to noise ratio accuracy has a price; see docs/search.md.</param>
internal sealed record SearchOutcome(IReadOnlyList<TriedCandidate> Candidates, int Taken, string Reason, int Samples, double TargetDb)
{
    /// <summary>Inferences of single noise sources that sensitivities were learnt from; 0 where none were needed.</summary>
    public int Probes { get; init; }
}

/// <summary>One candidate, as it stands on the held-out part of the calibration data.</summary>
/// <param name="What">How many layers compute and store what: <c>12 of 53 layers float32</c>.</param>
/// <param name="SqnrDb">Of the worst output.</param>
/// <param name="HoldsGate">Whether the limit holds on the held-out samples.</param>
/// <param name="Time">Estimated time ÷ float32's; null where the profile computes in float16, of which nothing is known.</param>
/// <param name="Bytes">Size of the artifact.</param>
/// <param name="Cost">What the search lessens; see docs/search.md.</param>
internal sealed record TriedCandidate(string What, double SqnrDb, bool HoldsGate, double? Time, long Bytes, double Cost);
