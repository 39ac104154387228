namespace QuantBuildTasks.Engine.Calibration.Ranges;

/// <summary>
/// Averages the least and greatest numbers of batches, which come in the order of the data (<see cref="Passes.OrderedMerge{T}"/>).
/// </summary>
internal sealed class MovingAverages
{
    /// <summary>Share of a new batch once there were 1/c.</summary>
    private const double Constant = 0.01;

    private readonly Dictionary<string, (long Batches, double Min, double Max)> _averages = new(StringComparer.Ordinal);

    /// <summary>Takes the extremes of the next batch, by tensor name; tensors that it never computes are not among them.</summary>
    public void Add(IReadOnlyDictionary<string, (float Min, float Max)> batch)
    {
        foreach ((string name, (float min, float max)) in batch)
        {
            (long batches, double low, double high) = _averages.GetValueOrDefault(name);
            double share = Math.Max(Constant, 1.0 / (batches + 1));
            _averages[name] = (batches + 1, low + (share * (min - low)), high + (share * (max - high)));
        }
    }

    /// <summary>The averages of a tensor so far; [0, 0] for one that no batch computed.</summary>
    public ValueRange Of(string name) => _averages.TryGetValue(name, out (long Batches, double Min, double Max) seen) ? new ValueRange(seen.Min, seen.Max) : default;
}
