using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Zoo.Entries;

/// <summary>One model of the zoo: its files, how to feed it, how to judge it.</summary>
internal sealed record ZooEntry
{
    public required string Name { get; init; }

    public required string ModelPath { get; init; }

    public required IReadOnlyList<string> CalibrationData { get; init; }

    public required IReadOnlyList<string> ValidationData { get; init; }

    /// <summary>The entry's own metric where the engine has it, else SQNR.</summary>
    public required MetricKind Metric { get; init; }

    /// <summary>The metric of the float model, where labels exist.</summary>
    public required double? FloatValue { get; init; }

    /// <summary>The output that the metric looks at; null: the model's first.</summary>
    public required string? Output { get; init; }

    public required int? BatchSize { get; init; }

    public required IReadOnlyDictionary<string, int?> BatchAxes { get; init; }

    /// <summary>Other tools' recipes, and the floor.</summary>
    public required IReadOnlyList<Peer> References { get; init; }

    /// <summary>Other tools' recipes.</summary>
    [JsonIgnore]
    public IEnumerable<Peer> Peers => References.Where(r => !r.IsFloor);

    /// <summary>Why the entry cannot be measured; null where it can.</summary>
    public string? Error { get; init; }

    /// <summary>The entries below a folder by name; all of them, or those named. One that cannot be read has an <see cref="Error"/>.</summary>
    public static IReadOnlyList<ZooEntry> ReadAll(string folder, IReadOnlyList<string> names) =>
        names.Count > 0
            ? [.. names.Select(n => ReadOrExplain(Path.Combine(folder, n)))]
            : [.. Directory.GetDirectories(folder).Where(d => File.Exists(Path.Combine(d, "manifest.json"))).Order(StringComparer.Ordinal).Select(ReadOrExplain)];

    private static ZooEntry ReadOrExplain(string folder)
    {
        try
        {
            return Read(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException or FormatException)
        {
            return new ZooEntry
            {
                Name = Path.GetFileName(folder),
                ModelPath = "",
                CalibrationData = [],
                ValidationData = [],
                Metric = MetricKind.Sqnr,
                FloatValue = null,
                Output = null,
                BatchSize = null,
                BatchAxes = new Dictionary<string, int?>(),
                References = [],
                Error = $"The entry cannot be read: {e.Message}",
            };
        }
    }

    private static ZooEntry Read(string folder)
    {
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "manifest.json"))) ?? throw new JsonException($"'{folder}' has an empty manifest.");
        string peers = Path.Combine(folder, "peers.json");
        bool known = Enum.TryParse(manifest["metric"]?.GetValue<string>(), ignoreCase: true, out MetricKind metric);
        return new ZooEntry
        {
            Name = Path.GetFileName(folder),
            ModelPath = Path.Combine(folder, "model.onnx"),
            CalibrationData = Files(folder, manifest["calibration"]),
            ValidationData = Files(folder, manifest["validation"]),
            Metric = known ? metric : MetricKind.Sqnr,
            FloatValue = known ? manifest["fp32"]?.GetValue<double>() : null,
            Output = manifest["output"]?.GetValue<string>(),
            BatchSize = manifest["batch"]?.GetValue<int>(),
            BatchAxes = Axes(manifest["batch_axis"]),
            References = File.Exists(peers) ? Peer.Read(File.ReadAllText(peers)) : [],
        };
    }

    private static IReadOnlyList<string> Files(string folder, JsonNode? files) => files switch
    {
        null => [],
        JsonArray many => [.. many.Select(f => Path.GetFullPath(f!.GetValue<string>(), folder))],
        _ => [Path.GetFullPath(files.GetValue<string>(), folder)],
    };

    private static Dictionary<string, int?> Axes(JsonNode? axes) =>
        axes is JsonObject byInput ? byInput.ToDictionary(a => a.Key, a => a.Value?.GetValue<int>(), StringComparer.Ordinal) : [];
}
