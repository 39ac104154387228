namespace QuantBuildTasks.Engine.Validation.Gates;

internal enum GateOutcome
{
    Passed,
    Regressed,

    /// <summary>The drop is within the limit, but the interval is wider than the limit: more samples would tell.</summary>
    TooFewSamples,
}

/// <summary>What the gate says.</summary>
/// <param name="Outcome">Passed or not.</param>
/// <param name="Limit">The limit that was applied.</param>
/// <param name="Explanation">A clause for messages: <c>top-1 fell by 2.3 points from 91.7 % to 89.4 % (limit 0.5 points; 95 % interval 1.8–2.8; 10,000 samples)</c>.</param>
internal sealed record GateVerdict(GateOutcome Outcome, MaxDrop Limit, string Explanation);
