using QuantBuildTasks.Engine.Data;

namespace QuantBuildTasks.Engine.Tests.Data;

public sealed class BatchWalkTests
{
    private static readonly SampleRange[] Batches = [.. Enumerable.Range(0, 100).Select(i => new SampleRange(i, 1))];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Every_batch_is_visited_once(int workers)
    {
        IReadOnlyList<List<int>> states = BatchWalk.Run(Batches, workers, () => new List<int>(), (state, range) => state.Add(range.Start), cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(Enumerable.Range(0, 100), states.SelectMany(s => s).Order());
    }

    [Fact]
    public void The_earliest_failure_is_thrown_and_states_are_disposed()
    {
        var states = new List<State>();
        State Open()
        {
            var state = new State();
            lock (states)
            {
                states.Add(state);
            }

            return state;
        }

        InvalidDataException thrown = Assert.Throws<InvalidDataException>(() => BatchWalk.Run(
            Batches,
            4,
            Open,
            (_, range) =>
            {
                if (range.Start is 7 or 8 or 9)
                {
                    throw new InvalidDataException($"at {range.Start}");
                }
            },
            cancellation: TestContext.Current.CancellationToken));

        Assert.Equal("at 7", thrown.Message);
        Assert.All(states, s => Assert.True(s.IsDisposed));
    }

    [Fact]
    public void Cancellation_ends_the_walk()
    {
        using var source = new CancellationTokenSource();
        int visited = 0;

        Assert.Throws<OperationCanceledException>(() => BatchWalk.Run(
            Batches,
            1,
            () => new object(),
            (_, _) =>
            {
                visited++;
                source.Cancel();
            },
            cancellation: source.Token));
        Assert.Equal(1, visited);
    }

    [Fact]
    public void Progress_ends_at_one()
    {
        var seen = new List<double>();
        BatchWalk.Run(Batches, 1, () => new object(), (_, _) => { }, seen.Add, TestContext.Current.CancellationToken);

        Assert.Equal(1.0, seen[^1]);
        Assert.Equal(seen.Order(), seen);
    }

    private sealed class State : IDisposable
    {
        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
