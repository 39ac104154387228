namespace QuantBuildTasks.Engine.Calibration;

/// <summary>
/// Averages the least and greatest numbers of batches in the order of the data, whichever thread brings them when: a batch that comes early waits for those before it.
/// </summary>
/// <param name="order">The first samples of all batches, ascending.</param>
internal sealed class MovingAverages(IEnumerable<int> order)
{
    /// <summary>Share of a new batch once there were 1/c.</summary>
    private const double Constant = 0.01;

    private readonly Queue<int> _order = new(order);
    private readonly Dictionary<int, IReadOnlyDictionary<string, (float Min, float Max)>> _waiting = [];
    private readonly Dictionary<string, (long Batches, double Min, double Max)> _averages = new(StringComparer.Ordinal);

    /// <summary>Takes the extremes of one batch, by tensor name; tensors that it never computes are not among them. Any thread.</summary>
    /// <param name="start">The batch's first sample.</param>
    /// <param name="extremes">Not changed afterwards.</param>
    public void Add(int start, IReadOnlyDictionary<string, (float Min, float Max)> extremes)
    {
        lock (_waiting)
        {
            _waiting.Add(start, extremes);
            while (_order.TryPeek(out int next) && _waiting.Remove(next, out IReadOnlyDictionary<string, (float Min, float Max)>? batch))
            {
                _order.Dequeue();
                foreach ((string name, (float min, float max)) in batch)
                {
                    (long batches, double low, double high) = _averages.GetValueOrDefault(name);
                    double share = Math.Max(Constant, 1.0 / (batches + 1));
                    _averages[name] = (batches + 1, low + (share * (min - low)), high + (share * (max - high)));
                }
            }
        }
    }

    /// <summary>The averages of a tensor so far; [0, 0] for one that no batch computed.</summary>
    public ValueRange Of(string name) => _averages.TryGetValue(name, out (long Batches, double Min, double Max) seen) ? new ValueRange(seen.Min, seen.Max) : default;
}
