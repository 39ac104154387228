using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Layers;
using QuantBuildTasks.Engine.Validation.Outputs;
using QuantBuildTasks.Engine.Validation.Saturation;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Pipeline.Measurement;

/// <summary>Turns what was measured into what the build says.</summary>
internal static class GateFindings
{
    /// <summary>Less is lost in the noise of the measurement, and reads as «same speed» in the result line.</summary>
    private const double Noticeable = 1.05;

    public static IEnumerable<Diagnostic> Of(QuantJob job, HardwareProfile profile, ValidationReport report, IReadOnlyList<SaturatingLayer> saturating, int calibrationSamples, SearchOutcome? search = null)
    {
        if (report.Outcome == GateOutcome.Regressed)
        {
            string why = saturating.Count > 0
                ? $" {SaturationText.Weights(saturating)} saturate on these processors. {SaturationText.Cure(profile)}"
                : $"{Tried(search)}{Culprits(report)} {Advice(job, report, calibrationSamples)}";
            yield return Finding(Severity.Error, Codes.AccuracyRegressed, $"{Explanations(report)}.{why}");
        }
        else if (report.Outcome == GateOutcome.TooFewSamples)
        {
            string consequence = job.Strict ? ", as QuantStrict demands. Give more validation samples, or a larger MaxDrop." : ".";
            yield return Finding(
                job.Strict ? Severity.Error : Severity.Message,
                Codes.TooFewSamples,
                $"{Explanations(report)}: the limit holds for these samples, but they are too few to be sure{consequence}");
        }

        if (report.NonFinite > 0)
        {
            OutputReport broken = report.Outputs.First(o => o.NonFinite > 0);
            yield return Finding(
                Severity.Error,
                Codes.NonFiniteOutput,
                $"{Wording.Count(report.NonFinite)} numbers that are finite in float32 are NaN or infinite in the artifact, in output '{broken.Name}' first. An operator left the range of its number format{(job.Precision == Precision.None ? "." : ": keep it float32 with KeepFloat.")}");
        }

        if (job.MinCompression is { } least && report.Compression < least)
        {
            yield return Finding(
                Severity.Error,
                Codes.TooLarge,
                Invariant($"the artifact is {report.Compression:0.00}× smaller than the float32 model (limit {least:0.00}×). Lower MinCompression, or let more nodes become integers (the report says why each stays float32)."));
        }

        if (job.MaxLatencyRatio is { } most && report.Speedup is { } speedup && 1 / speedup > most)
        {
            yield return Finding(
                Severity.Error,
                Codes.TooSlow,
                Invariant($"the artifact takes {1 / speedup:0.00}× the float32 model's time (limit {most:0.00}×; batch 1, one thread, measured in turns). Raise MaxLatencyRatio, or keep the nodes that are slower as integers with KeepFloat."));
        }
        else if (report.Speedup is { } ratio && 1 / ratio >= Noticeable)
        {
            yield return Finding(
                Severity.Message,
                Codes.Slower,
                Invariant($"the artifact is {1 / ratio:0.0}× slower than float32 on this machine (batch 1, one thread, measured in turns). Keep depthwise convolutions, which gain least as integers, in float32 with KeepFloat, and set MaxLatencyRatio=\"1\" where a slower model should fail the build."));
        }

        Diagnostic Finding(Severity severity, string code, string text) =>
            new(code, severity, text) { File = job.DisplayPath, Profile = profile.Name };
    }

    /// <summary>What decided: of several metrics those with the worst verdict.</summary>
    private static string Explanations(ValidationReport report) =>
        string.Join(", and ", report.Verdicts.Where(v => v.Outcome == report.Outcome).Select(v => v.Explanation));

    /// <summary>What else was tried; the report has the numbers.</summary>
    private static string Tried(SearchOutcome? search) => search is null or { Candidates.Count: 1 } ? ""
        : search.Candidates.Any(c => c.HoldsGate) ? $" On the {search.Samples} calibration samples that were held out the limit held: it is the best of the {search.Candidates.Count} candidates that were tried."
        : $" On the {search.Samples} calibration samples that were held out none of the {search.Candidates.Count} candidates that were tried holds the limit, and this one comes closest.";

    private static string Culprits(ValidationReport report)
    {
        LayerLoss[] worst = [.. report.Layers.Take(3)];
        return worst.Length == 0
            ? ""
            : $" Most of it comes from {string.Join(", ", worst.Select(l => $"{l.Node} ({Wording.Decibels(l.SqnrDb)} behind it, {Wording.Decibels(l.LossDb)} lost in it)"))}.";
    }

    /// <summary>What helps most often, in that order; only what the user does not do yet.</summary>
    private static string Advice(QuantJob job, ValidationReport report, int calibrationSamples)
    {
        if (job.Precision == Precision.None)
        {
            return "Quantize the float32 model again with better settings, or let this build do it: name it in Include, without Precision=\"none\".";
        }

        var advice = new List<string>();
        if (job.Recipe == Recipe.Fast)
        {
            advice.Add("Recipe=\"balanced\"");
        }
        else if (job.Recipe == Recipe.Balanced)
        {
            advice.Add("Recipe=\"auto\"");
        }

        if (calibrationSamples < 300)
        {
            advice.Add(Invariant($"more than {calibrationSamples} calibration samples"));
        }

        if (report.IntegerShare > 0)
        {
            advice.Add("Precision=\"int8-weights\", which is as small and computes in float32");
        }

        if (report.Layers.Count > 0)
        {
            advice.Add($"KeepFloat=\"{report.Layers[0].Node}\"");
        }

        return advice.Count == 0 ? "Raise MaxDrop if the loss is acceptable." : $"Try {string.Join(", or ", advice)}.";
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
