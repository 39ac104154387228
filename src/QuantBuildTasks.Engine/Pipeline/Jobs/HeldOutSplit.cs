using QuantBuildTasks.Engine.Data;

namespace QuantBuildTasks.Engine.Pipeline.Jobs;

/// <summary>
/// Parts calibration data for a search: what it measures candidates on must not be what rounding learnt from. The held-out samples lie evenly among the
/// others, since data is often sorted or has classes that take turns. Where there are too few samples to part, both are all of them.
/// </summary>
/// <param name="Learning">What rounding learns from.</param>
/// <param name="HeldOut">What candidates are measured on.</param>
internal sealed record HeldOutSplit(Dataset Learning, Dataset HeldOut)
{
    /// <summary>One sample of so many is held out.</summary>
    private const int Share = 5;

    /// <summary>With fewer held-out samples nothing can be told; with more than <see cref="Most"/> every candidate would cost more than it tells.</summary>
    private const int Least = 8;
    private const int Most = 128;

    /// <summary>Parts samples in whole batches where the model demands a batch size.</summary>
    public static HeldOutSplit Of(Dataset calibration)
    {
        int batch = calibration.FixedBatchSize ?? 1;
        int batches = calibration.Count / batch;
        int held = Math.Clamp(batches / Share, (Least + batch - 1) / batch, Math.Max(1, Most / batch));
        if (batches < 3 * held)
        {
            return new HeldOutSplit(calibration, calibration);
        }

        (Dataset heldOut, Dataset learning) = calibration.Part(held);
        return new HeldOutSplit(learning, heldOut);
    }
}
