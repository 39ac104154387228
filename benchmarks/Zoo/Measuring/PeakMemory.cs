using System.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;

namespace QuantBuildTasks.Zoo.Measuring;

/// <summary>
/// What a process has held at most so far, read where one stage of the pipeline ends and the next begins. The system keeps the maximum, so what is read at the end of
/// a stage covers all before it.
/// </summary>
internal sealed class PeakMemory
{
    private const string CalibratingStage = "Calibration";
    private const string MeasuringStage = "Validation";

    private readonly Lock _gate = new();
    private string? _stage;

    /// <summary>Until the ranges were known: what prepares, conditions and calibrates. Null where nothing is calibrated.</summary>
    public double? Calibrating { get; private set; }

    /// <summary>Until the artifact was made: calibrating, rounding and writing.</summary>
    public double? Quantizing { get; private set; }

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
