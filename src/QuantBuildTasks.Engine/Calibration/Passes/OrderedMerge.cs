using QuantBuildTasks.Engine.Data;

namespace QuantBuildTasks.Engine.Calibration.Passes;

/// <summary>Hands on what batches gave in the order of the data, as soon as those before are there: what waits is what other workers are about to overtake.</summary>
/// <param name="merge">Takes the result of one batch; called by one thread at a time.</param>
internal sealed class OrderedMerge<T>(Action<T> merge)
{
    private readonly SortedDictionary<int, (SampleRange Range, T Result)> _waiting = [];
    private readonly Lock _lock = new();
    private int _next;

    /// <summary>Takes the result of a batch, from any thread.</summary>
    /// <param name="range">The batch; all together they cover the samples from the first on.</param>
    /// <param name="result">What it gave.</param>
    public void Add(SampleRange range, T result)
    {
        lock (_lock)
        {
            _waiting.Add(range.Start, (range, result));
            while (_waiting.Remove(_next, out (SampleRange Range, T Result) first))
            {
                merge(first.Result);
                _next = first.Range.Start + first.Range.Count;
            }
        }
    }
}
