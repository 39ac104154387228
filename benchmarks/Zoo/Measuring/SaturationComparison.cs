using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Zoo.Entries;

namespace QuantBuildTasks.Zoo.Measuring;

/// <summary>
/// What it costs to keep the x64 kernels without VNNI from saturating: the same quantization with the full range of weights (which does saturate
/// there), with pair-safe scales, and with every weight in ±64. All three are measured with exact sums, so that only the weights differ.
/// </summary>
internal static class SaturationComparison
{
    private static readonly HardwareProfile[] Ways =
    [
        BuiltInProfiles.X64Vnni with { Name = "full-range", Costs = null },
        BuiltInProfiles.X64Avx2 with { Name = "pair-safe", Costs = null },
        BuiltInProfiles.X64Avx2 with { Name = "reduced-range", Saturation = SaturationRule.ReducedRange, Costs = null },
    ];

    /// <summary>A Markdown table of SQNR in dB; 1 where no entry could be measured.</summary>
    public static int Print(TextWriter to, IReadOnlyList<ZooEntry> entries)
    {
        to.WriteLine("| entry | full range | pair-safe | ±64 | pair-safe against ±64 |");
        to.WriteLine("|---|---|---|---|---|");
        int measured = 0;
        foreach (ZooEntry entry in entries)
        {
            double[] decibels = Measure(entry, out string? error);
            if (error is null)
            {
                measured++;
                to.WriteLine($"| {entry.Name} | {Text(decibels[0])} | {Text(decibels[1])} | {Text(decibels[2])} | {(decibels[1] - decibels[2]).ToString("+0.0;−0.0", CultureInfo.InvariantCulture)} dB |");
            }
            else
            {
                to.WriteLine($"| {entry.Name} | {error} | | | |");
            }
        }

        return measured > 0 ? 0 : 1;
    }

    private static double[] Measure(ZooEntry entry, out string? error)
    {
        error = entry.Error;
        if (error is not null)
        {
            return [];
        }

        var job = new QuantJob
        {
            ModelPath = entry.ModelPath,
            DisplayPath = entry.Name,
            Profiles = Ways,
            CalibrationData = entry.CalibrationData,
            ValidationData = entry.ValidationData,
            Metrics = [new MetricRequest(MetricKind.Sqnr)],
            BatchSize = entry.BatchSize,
            BatchAxes = entry.BatchAxes,
        };
        QuantResult result = new QuantPipeline(new OrtInference()).Run(job, null, CancellationToken.None);
        if (result.Variants.Count < Ways.Length)
        {
            error = string.Join(" ", result.Diagnostics.Where(d => d.Severity == Severity.Error).Select(FindingText.Of));
        }

        return [.. result.Variants.Select(v => v.Report.SqnrDb)];
    }

    private static string Text(double decibels) => decibels.ToString("0.0", CultureInfo.InvariantCulture);
}
