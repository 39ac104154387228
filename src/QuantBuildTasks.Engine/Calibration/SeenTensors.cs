using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Calibration.Ranges;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration;

/// <summary>What the batches so far have told of tensors.</summary>
internal sealed class SeenTensors
{
    private readonly Dictionary<string, TensorWatch> _watches = new(StringComparer.Ordinal);
    private readonly MovingAverages _averages = new();
    private readonly OrderedMerge<IReadOnlyDictionary<string, (float Min, float Max)>> _inOrder;
    private readonly IReadOnlyList<string> _tensors;
    private readonly CalibrationOptions _options;
    private readonly Scopes _scopes;
    private readonly HashSet<string> _marked;
    private int _batches;

    /// <summary>Nothing yet.</summary>
    /// <param name="graph">Of the float model.</param>
    /// <param name="tensors">Names of values.</param>
    /// <param name="options">How data are walked over.</param>
    public SeenTensors(Graph graph, IReadOnlyList<string> tensors, CalibrationOptions options)
    {
        (_tensors, _options, _scopes) = (tensors, options, new Scopes(graph));
        _marked = [.. tensors.Where(w => _scopes.Find(w) is { } value && MaskReaders.Know(value))];
        _inOrder = new OrderedMerge<IReadOnlyDictionary<string, (float Min, float Max)>>(_averages.Add);
    }

    /// <summary>Looks at some batches; each of the pass's comes once.</summary>
    /// <param name="pass">What shows the tensors.</param>
    /// <param name="batches">The batches.</param>
    /// <param name="batchesOf">In how many batches a tensor is seen in all: so densely its numbers are counted.</param>
    /// <param name="cancellation">Ends the walk between two batches.</param>
    /// <exception cref="QuantException">QBT1005: a tensor became NaN or infinite; QBT1004: the model does not run on the data.</exception>
    public void Add(ExposedPass pass, IReadOnlyList<SampleRange> batches, Func<string, int> batchesOf, CancellationToken cancellation)
    {
        int before = _batches;
        _batches += batches.Count;
        Dictionary<int, int> places = batches.Index().ToDictionary(b => b.Item.Start, b => before + b.Index);
        IReadOnlyList<Worker> workers = pass.Run(
            batches,
            () => new Worker(pass, _marked, batchesOf, _options),
            (worker, range, inputs) => _inOrder.Add(range, worker.Watch(inputs, range, places[range.Start])),
            share => _options.Progress?.Invoke((before + (share * batches.Count)) / pass.Batches.Count),
            cancellation);
        foreach ((string name, TensorWatch watch) in workers.SelectMany(w => w.Watches))
        {
            if (!_watches.TryAdd(name, watch))
            {
                _watches[name].Merge(watch);
            }
        }
    }

    /// <summary>Whether a tensor took both bounds, so that nothing can widen its range.</summary>
    public bool Fills(string tensor, (float Low, float High) bounds) => _watches.TryGetValue(tensor, out TensorWatch? watch) && watch.Holds(bounds.Low, bounds.High);

    /// <summary>What was seen; once, at the end.</summary>
    public IEnumerable<TensorStatistics> ToStatistics() =>
        _tensors.Distinct().Where(_watches.ContainsKey).Select(t => _watches[t].ToStatistics(t, _averages.Of(t), _scopes.Find(t) is { } value ? MaskReaders.Room(value) : 0));

    private sealed class Worker(ExposedPass pass, HashSet<string> marked, Func<string, int> batchesOf, CalibrationOptions options)
    {
        public Dictionary<string, TensorWatch> Watches { get; } = new(StringComparer.Ordinal);

        /// <summary>Watches one batch.</summary>
        /// <returns>The extremes of each tensor that held numbers.</returns>
        public Dictionary<string, (float Min, float Max)> Watch(IReadOnlyDictionary<string, Tensor> inputs, SampleRange range, int place)
        {
            var extremes = new Dictionary<string, (float Min, float Max)>(StringComparer.Ordinal);
            pass.Show(inputs, (name, _, numbers) => Add(name, numbers, range, place, extremes));
            return extremes;
        }

        private void Add(string name, ReadOnlySpan<float> numbers, SampleRange range, int place, Dictionary<string, (float Min, float Max)> extremes)
        {
            if (!Watches.TryGetValue(name, out TensorWatch? watch))
            {
                Watches.Add(name, watch = new TensorWatch(marked.Contains(name)));
            }

            if (!watch.TryAdd(numbers, options.OnlyRanges ? int.MaxValue : batchesOf(name), place, out float min, out float max))
            {
                throw QuantException.Error(
                    Codes.NotFinite,
                    $"The tensor '{name}' of the float model became NaN or infinite on {range} of the calibration data. Check the model on these samples, and that the data are prepared as the app prepares them.",
                    options.DisplayPath);
            }

            if (numbers.Length > 0)
            {
                extremes[name] = (min, max);
            }
        }
    }
}
