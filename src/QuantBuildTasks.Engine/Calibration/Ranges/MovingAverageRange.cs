namespace QuantBuildTasks.Engine.Calibration.Ranges;

/// <summary>
/// From the average least to the average greatest number of a batch, recent batches first: m ← m + max(c, 1/t)·(x − m) for batch t, so the plain mean of the first
/// 1/c batches and an exponential average from then on, c = 0.01. One odd sample moves the range by its share only.
/// </summary>
/// <remarks>The constant is that of PyTorch's MovingAverageMinMaxObserver, which starts from the first batch alone and so stays near it where batches are few.</remarks>
internal sealed record MovingAverageRange : RangeMethod
{
    public override ValueRange Choose(TensorStatistics tensor) => tensor.Average ?? MinMax.Choose(tensor);
}
