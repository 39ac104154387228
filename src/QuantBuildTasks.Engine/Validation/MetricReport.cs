using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>A further metric beside the first.</summary>
/// <param name="Output">The output that was looked at.</param>
/// <param name="Result">What was measured.</param>
/// <param name="Verdict">What the gate says to it.</param>
internal sealed record MetricReport(string Output, MetricResult Result, GateVerdict Verdict);
