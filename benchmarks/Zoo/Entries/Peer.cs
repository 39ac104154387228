using System.Text.Json.Nodes;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Zoo.Entries;

/// <summary>What a recipe of another tool reached, or the floor of our own making; null where it was not measured.</summary>
internal sealed record Peer(string Recipe, JsonObject Values)
{
    /// <summary>A floor of our own making, not a peer.</summary>
    private const string Floor = "stored-int8";

    /// <summary>Weights cut into blocks: recipes for transformers, which say nothing of convolutions.</summary>
    private const string BlockWise = "nbits";

    public bool IsFloor => Recipe == Floor;

    /// <summary>Whether ours are judged by it.</summary>
    public bool IsReference => !Recipe.Contains(BlockWise, StringComparison.Ordinal);

    public double? Ratio => Number("ratio");

    public double? SqnrDb => Number("sqnr_db");

    public double? Speedup => Number("speedup");

    public double? Seconds => Number("seconds");

    /// <summary>Seconds ÷ one float32 pass over the calibration data.</summary>
    public double? FloatPasses => Number("fp32_passes");

    public double? PeakMegabytes => Number("peak_mb");

    public double? Value(MetricKind metric) => metric switch
    {
        MetricKind.Top1 => Number("top1"),
        MetricKind.Agreement => Number("argmax_agreement"),
        MetricKind.Cosine => Number("cosine"),
        MetricKind.Perplexity => Number("perplexity"),
        MetricKind.Sqnr => SqnrDb,
        _ => null,
    };

    /// <summary>All recipes that worked.</summary>
    public static IReadOnlyList<Peer> Read(string json) =>
    [
        .. (JsonNode.Parse(json)?.AsObject() ?? [])
            .Where(p => p.Value is JsonObject values && !values.ContainsKey("error"))
            .Select(p => new Peer(p.Key, p.Value!.AsObject())),
    ];

    private double? Number(string name) => Values[name] is JsonValue value && value.TryGetValue(out double number) ? number : null;
}
