using System.Text.Json;

namespace QuantBuildTasks.Costs.Measuring;

/// <summary>The smallest times of each chain over several passes and runs, in a file: the machine is never calm for all of them at once.</summary>
internal sealed class LeastTimes
{
    private readonly SortedDictionary<string, double[]> _times;
    private readonly string? _path;

    public LeastTimes(string? path)
    {
        _path = path;
        _times = path is not null && File.Exists(path) ? JsonSerializer.Deserialize<SortedDictionary<string, double[]>>(File.ReadAllBytes(path))! : [];
    }

    /// <summary>Times in ns, or null where a chain was not measured yet.</summary>
    public double[]? Of(string chain) => _times.GetValueOrDefault(chain);

    public void Add(string chain, double[] times) => _times[chain] = _times.TryGetValue(chain, out double[]? least) ? [.. least.Zip(times, Math.Min)] : times;

    public void Save()
    {
        if (_path is not null)
        {
            File.WriteAllBytes(_path, JsonSerializer.SerializeToUtf8Bytes(_times));
        }
    }
}
