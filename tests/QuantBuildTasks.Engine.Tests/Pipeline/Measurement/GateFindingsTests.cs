using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Measurement;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Tests.Reporting;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Outputs;

namespace QuantBuildTasks.Engine.Tests.Pipeline.Measurement;

public sealed class GateFindingsTests
{
    [Fact]
    public void Artifact_that_is_slower_than_float32_is_told_with_a_way_out()
    {
        Diagnostic finding = Assert.Single(Of(speedup: 0.8));

        Assert.Equal((Codes.Slower, Severity.Message, "x64-vnni"), (finding.Code, finding.Severity, finding.Profile));
        Assert.Contains("1.3× slower than float32 on this machine", finding.Text, StringComparison.Ordinal);
        Assert.Contains("KeepFloat", finding.Text, StringComparison.Ordinal);
        Assert.Contains("MaxLatencyRatio", finding.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.96)]
    [InlineData(1.0)]
    [InlineData(2.5)]
    [InlineData(null)]
    public void Same_speed_faster_and_not_measured_are_no_finding(double? speedup) => Assert.Empty(Of(speedup));

    [Fact]
    public void Gate_on_time_speaks_once() =>
        Assert.Equal([Codes.TooSlow], Of(speedup: 0.8, SampleResult.Job() with { MaxLatencyRatio = 1 }).Select(d => d.Code));

    [Theory]
    [InlineData(false, Severity.Message)]
    [InlineData(true, Severity.Error)]
    public void Too_few_samples_are_an_error_where_the_project_is_strict(bool strict, object severity)
    {
        ValidationReport report = SampleResult.Report();
        report = report with { Verdict = report.Verdict with { Outcome = GateOutcome.TooFewSamples } };

        Diagnostic finding = Assert.Single(GateFindings.Of(SampleResult.Job() with { Strict = strict }, BuiltInProfiles.X64Vnni, report, [], 512));

        Assert.Equal((Codes.TooFewSamples, severity), (finding.Code, finding.Severity));
        Assert.Equal(strict, finding.Text.Contains("QuantStrict", StringComparison.Ordinal));
    }

    [Fact]
    public void Numbers_that_overflowed_fail_the_build_whatever_the_metric_says()
    {
        ValidationReport report = SampleResult.Report() with { Outputs = [new OutputReport("good", 40), new OutputReport("bad", 30) { NonFinite = 12 }] };

        Diagnostic finding = Assert.Single(GateFindings.Of(SampleResult.Job(), BuiltInProfiles.X64Vnni, report, [], 512));

        Assert.Equal((Codes.NonFiniteOutput, Severity.Error), (finding.Code, finding.Severity));
        Assert.Contains("12 numbers", finding.Text, StringComparison.Ordinal);
        Assert.Contains("'bad'", finding.Text, StringComparison.Ordinal);
    }

    private static Diagnostic[] Of(double? speedup, QuantJob? job = null) =>
        [.. GateFindings.Of(job ?? SampleResult.Job(), BuiltInProfiles.X64Vnni, SampleResult.Report() with { Speedup = speedup }, [], 512)];
}
