using System.Collections.Concurrent;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Validation.Emulation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Engine.Tests.Validation.Emulation;

/// <summary>
/// Labelled samples 0…count − 1, of which float32 is the surer the greater the number: sample i has the scores 0 and i + 1. Artifacts swap the
/// scores of those that they flip.
/// </summary>
internal sealed class FakePopulation(int count, int? batch = null)
{
    public HashSet<int> NativeFlips { get; init; } = [];

    public HashSet<int> EmulatedFlips { get; init; } = [];

    /// <summary>Those that float32 has wrong.</summary>
    public HashSet<int> Wrong { get; init; } = [];

    /// <summary>Of all runs of all sessions.</summary>
    public ConcurrentBag<int> BatchSizes { get; } = [];

    /// <summary>How many the emulated session ran.</summary>
    public int EmulatedSamples { get; private set; }

    public EmulatedScoringRequest Request() => new()
    {
        Float = Session([]),
        Native = Session(NativeFlips),
        Emulated = Session(EmulatedFlips, n => EmulatedSamples += n),
        Data = new Dataset(
            [new BoundArray("x", [Tensor.Of([.. Enumerable.Range(0, count).Select(i => (float)i)], count, 1)], 0)],
            new BoundArray("labels", [Tensor.Vector([.. Enumerable.Range(0, count).Select(i => Wrong.Contains(i) ? 0L : 1L)])], 0),
            [.. Enumerable.Range(0, count)],
            batch),
        Metric = MetricKind.Top1,
        MaxDrop = new MaxDrop(MaxDropKind.Points, 0.01),
    };

    private FakeSession Session(HashSet<int> flips, Action<int>? ran = null) => new(new FakeModel(
        new ModelPort("y", ElementType.Float32, new Shape("N", 2)),
        inputs =>
        {
            float[] samples = inputs["x"].Span<float>().ToArray();
            BatchSizes.Add(samples.Length);
            ran?.Invoke(samples.Length);
            return Tensor.Of([.. samples.SelectMany(s => flips.Contains((int)s) ? new[] { s + 1, 0 } : [0, s + 1])], samples.Length, 2);
        }));
}

/// <summary>Goes on by the same time whenever it is asked.</summary>
internal sealed class FakeClock(TimeSpan step) : TimeProvider
{
    private long _asked;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _asked++ * step.Ticks;
}
