using System.Globalization;

namespace QuantBuildTasks.LargeModel;

/// <summary>
/// Watches how much of this process's memory is backed by no file (<c>RssAnon</c> of proc(5)): what the system cannot drop and read again. Looks every few milliseconds.
/// </summary>
internal sealed class AnonymousMemory : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly Thread _watcher;
    private readonly ManualResetEventSlim _ended = new();
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, long> _peaks = new(StringComparer.Ordinal);
    private string _stage = "start";

    public AnonymousMemory()
    {
        _watcher = new Thread(Watch) { IsBackground = true, Priority = ThreadPriority.AboveNormal };
        _watcher.Start();
    }

    /// <summary>The most at any time, in bytes.</summary>
    public long Peak => Peaks.Values.DefaultIfEmpty().Max();

    /// <summary>The most in each stage, in bytes.</summary>
    public IReadOnlyDictionary<string, long> Peaks
    {
        get
        {
            lock (_lock)
            {
                return new Dictionary<string, long>(_peaks);
            }
        }
    }

    public void Enter(string stage) => Volatile.Write(ref _stage, stage);

    public void Dispose()
    {
        _ended.Set();
        _watcher.Join();
        _ended.Dispose();
    }

    private void Watch()
    {
        do
        {
            long now = Read();
            lock (_lock)
            {
                _peaks[_stage] = Math.Max(now, _peaks.GetValueOrDefault(_stage));
            }
        }
        while (!_ended.Wait(Interval));
    }

    private static long Read()
    {
        const string Field = "RssAnon:";
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(Field, StringComparison.Ordinal));
        return long.Parse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
    }
}
