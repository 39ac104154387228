using QuantBuildTasks.Engine.Calibration.Histograms;
using QuantBuildTasks.Engine.Calibration.Ranges;

namespace QuantBuildTasks.Engine.Calibration;

/// <summary>Watches one tensor: near and far numbers apart, so that a mask of −10⁹ does not make the bins of all others 500,000 wide.</summary>
/// <param name="minusInfinity">Whether −∞ is a mark that the model knows what to do with; else it is as broken as NaN.</param>
internal sealed class TensorWatch(bool minusInfinity)
{
    private readonly Histogram _near = new();
    private readonly Histogram _far = new();
    private long _infinite;

    /// <summary>Adds numbers; false, with the watch in no useful state, where one is NaN or infinite and must not be.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="batches">As for <see cref="CountedBlocks"/>.</param>
    /// <param name="batch">The same.</param>
    /// <param name="min">The least finite one within ±<see cref="StructuralOutliers.Far"/>, else 0.</param>
    /// <param name="max">The greatest of them, else 0.</param>
    public bool TryAdd(ReadOnlySpan<float> values, int batches, int batch, out float min, out float max)
    {
        (min, max) = (0, 0);
        if (values.Length == 0)
        {
            return true;
        }

        if (HistogramKernel.TryFindRange(values, out min, out max) && min >= -StructuralOutliers.Far && max <= StructuralOutliers.Far)
        {
            CountedBlocks.Add(_near, values, (min, max), batches, batch);
            return true;
        }

        var near = new List<float>(values.Length);
        var far = new List<float>();
        foreach (float value in values)
        {
            if (float.IsNegativeInfinity(value) && minusInfinity)
            {
                _infinite++;
            }
            else if (!float.IsFinite(value))
            {
                return false;
            }
            else
            {
                (Math.Abs(value) <= StructuralOutliers.Far ? near : far).Add(value);
            }
        }

        (min, max) = near.Count == 0 ? (0, 0) : (near.Min(), near.Max());
        return _near.TryAdd([.. near]) && _far.TryAdd([.. far]);
    }

    /// <summary>Whether it saw both numbers, and none that is a mark.</summary>
    public bool Holds(float low, float high) => _far.Count == 0 && _infinite == 0 && _near.Count > 0 && _near.Min <= low && _near.Max >= high;

    /// <summary>Adds all that <paramref name="other"/> saw.</summary>
    public void Merge(TensorWatch other)
    {
        _near.Merge(other._near);
        _far.Merge(other._far);
        _infinite += other._infinite;
    }

    /// <summary>What was seen; once, at the end: the histograms are given up.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="average">The moving average of its extremes.</param>
    /// <param name="room">See <see cref="StructuralOutliers.Room"/>.</param>
    public TensorStatistics ToStatistics(string name, ValueRange average, double room)
    {
        bool stand = StructuralOutliers.Stand(_near, _far);
        long far = _far.Count;
        if (!stand)
        {
            _near.Merge(_far);
        }

        return new TensorStatistics(name, _near)
        {
            Average = far > 0 && !stand ? null : average,
            Outliers = stand ? new StructuralOutliers(Math.Min(0, _far.Min), Math.Max(0, _far.Max), far + _infinite, room)
                : _infinite > 0 ? new StructuralOutliers(0, 0, _infinite, room)
                : null,
        };
    }
}
