using System.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;

namespace QuantBuildTasks.Zoo.Measuring;

/// <summary>
/// What the stages of the pipeline take: their seconds, and what the process has held at most so far, read where one ends and the next begins. The system keeps the maximum, so what is read
/// at the end of a stage covers all before it.
/// </summary>
internal sealed class StageMeter
{
    private const string CalibratingStage = "Calibration";
    private const string MeasuringStage = "Validation";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, double> _seconds = new(StringComparer.Ordinal);
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private string? _stage;

    /// <summary>Until the ranges were known: what prepares, conditions and calibrates. Null where nothing is calibrated.</summary>
    public double? Calibrating { get; private set; }

    /// <summary>Until the artifact was made: calibrating, rounding and writing.</summary>
    public double? Quantizing { get; private set; }

    /// <summary>From the first word of a stage to that of the next one, so what a stage does not tell of counts for the one before; a stage that comes again adds to itself.</summary>
    public IReadOnlyDictionary<string, double> Seconds => _seconds.ToDictionary(s => s.Key, s => Math.Round(s.Value, 2));

    /// <summary>Told by the pipeline, from any thread.</summary>
    public void Follow(QuantProgress progress)
    {
        lock (_gate)
        {
            if (progress.Stage == _stage)
            {
                return;
            }

            if (_stage == CalibratingStage)
            {
                Calibrating ??= Megabytes();
            }

            if (progress.Stage == MeasuringStage)
            {
                Quantizing ??= Megabytes();
            }

            string ended = _stage ?? progress.Stage;
            _seconds[ended] = _seconds.GetValueOrDefault(ended) + _watch.Elapsed.TotalSeconds;
            _watch.Restart();
            _stage = progress.Stage;
        }
    }

    /// <summary>Of this process so far, in MiB.</summary>
    public static double Megabytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / (1024.0 * 1024.0);
    }
}
