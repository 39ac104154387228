using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation;

namespace QuantBuildTasks.Tool.Requests;

/// <summary>The words of each setting that is a choice.</summary>
internal static class Choices
{
    private static readonly string[] PlannedProfiles = ["arm64", "cuda"];

    public static Choice<Precision> Precision { get; } = new(
        "precision",
        [("auto", Engine.Pipeline.Precision.Auto), ("int8", Engine.Pipeline.Precision.Int8), ("int8-weights", Engine.Pipeline.Precision.Int8Weights), ("none", Engine.Pipeline.Precision.None)],
        ["int8-dynamic", "int4-weights", "float16"]);

    public static Choice<Recipe> Recipe { get; } = new(
        "recipe",
        [("fast", Engine.Pipeline.Recipe.Fast), ("balanced", Engine.Pipeline.Recipe.Balanced)],
        ["careful", "auto"]);

    public static Choice<MetricKind> Metric { get; } = new(
        "metric",
        [.. Enum.GetValues<MetricKind>().Select(k => (MetricText.Keyword(k), k))],
        ["top5", "mse", "perplexity", "iou", "f1", "cer", "wer", "psnr"]);

    public static Choice<string> Embed { get; } = new("way to embed", [("resource", "resource")], ["file", "both"]);

    public static Choice<string> Accessibility { get; } = new("accessibility", [("internal", "internal"), ("public", "public")], []);

    public static Choice<HardwareProfile> Profile { get; } = new("profile", [.. BuiltInProfiles.All.Select(p => (p.Name, p))], PlannedProfiles);

    /// <exception cref="QuantException">As <see cref="Choice{T}.Parse(Setting)"/>, or QBT1021 for an empty list.</exception>
    public static IReadOnlyList<HardwareProfile> Profiles(Setting setting) =>
        setting.Items is { Count: > 0 } items
            ? [.. items.Select(i => Profile.Parse(setting, i)).Distinct()]
            : throw setting.Invalid("Name at least one profile.");

    /// <summary>The profiles that serve a runtime identifier.</summary>
    /// <exception cref="QuantException">QBT1022: none does.</exception>
    public static IReadOnlyList<HardwareProfile> ProfilesFor(string runtimeIdentifier)
    {
        HardwareProfile[] serving = [.. BuiltInProfiles.All.Where(p => p.Serves(runtimeIdentifier))];
        return serving.Length > 0 ? serving : throw QuantException.Error(
            Codes.NotImplementedYet,
            $"No profile of this version serves the runtime identifier '{runtimeIdentifier}'. Implemented: {string.Join(", ", BuiltInProfiles.All.Select(p => p.Name))}. Build for one of these, or name the profiles yourself.");
    }
}
