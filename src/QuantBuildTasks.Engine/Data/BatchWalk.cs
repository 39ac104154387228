using System.Runtime.ExceptionServices;

namespace QuantBuildTasks.Engine.Data;

/// <summary>Walks over batches with several workers, each with a state of its own (an open session and what it has gathered).</summary>
internal static class BatchWalk
{
    /// <summary>Visits every batch once, in no set order.</summary>
    /// <param name="batches">What to visit.</param>
    /// <param name="workers">How many threads; at least 1.</param>
    /// <param name="open">Makes a worker's state.</param>
    /// <param name="visit">Visits one batch; called by one thread at a time for one state.</param>
    /// <param name="progress">Told the share of batches visited, 0…1; may be called from any worker.</param>
    /// <param name="cancellation">Ends the walk between two batches.</param>
    /// <returns>The states, for the caller to merge and to dispose of; their order and who visited what are not defined.</returns>
    /// <remarks>When visits fail, the walk ends and the failure of the earliest failed batch is thrown; states that are disposable are disposed.</remarks>
    public static IReadOnlyList<TState> Run<TState>(
        IReadOnlyList<SampleRange> batches,
        int workers,
        Func<TState> open,
        Action<TState, SampleRange> visit,
        Action<double>? progress = null,
        CancellationToken cancellation = default)
        where TState : class
    {
        var states = new TState?[Math.Clamp(workers, 1, Math.Max(1, batches.Count))];
        var failures = new SortedDictionary<int, ExceptionDispatchInfo>();
        int next = -1;
        int done = 0;
        bool failed = false;

        void Work(int worker)
        {
            int batch = -1;
            try
            {
                TState state = open();
                states[worker] = state;
                while (!Volatile.Read(ref failed) && (batch = Interlocked.Increment(ref next)) < batches.Count)
                {
                    cancellation.ThrowIfCancellationRequested();
                    visit(state, batches[batch]);
                    progress?.Invoke((double)Interlocked.Increment(ref done) / batches.Count);
                }
            }
            catch (Exception e)
            {
                // Rethrown below, on the caller's thread. Batches are handed out in order, so all earlier ones end before the walk does.
                Volatile.Write(ref failed, true);
                lock (failures)
                {
                    failures[batch] = ExceptionDispatchInfo.Capture(e);
                }
            }
        }

        Thread[] others = [.. Enumerable.Range(1, states.Length - 1).Select(w => new Thread(() => Work(w)) { IsBackground = true })];
        Array.ForEach(others, t => t.Start());
        Work(0);
        Array.ForEach(others, t => t.Join());
        if (!failed)
        {
            return [.. states.Select(s => s!)];
        }

        Array.ForEach(states, s => (s as IDisposable)?.Dispose());
        failures.Values.First().Throw();
        throw new InvalidOperationException("The walk failed.");
    }
}
