using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Tool.Requests.Settings;

/// <summary>The words of each setting that is a choice.</summary>
internal static class Choices
{
    public static Choice<Precision> Precision { get; } = new(
        "precision",
        [("auto", Engine.Pipeline.Jobs.Precision.Auto), ("int8", Engine.Pipeline.Jobs.Precision.Int8), ("int8-weights", Engine.Pipeline.Jobs.Precision.Int8Weights), ("none", Engine.Pipeline.Jobs.Precision.None)],
        ["int8-dynamic", "int4-weights", "float16"]);

    public static Choice<Recipe> Recipe { get; } = new(
        "recipe",
        [("fast", Engine.Pipeline.Jobs.Recipe.Fast), ("balanced", Engine.Pipeline.Jobs.Recipe.Balanced), ("careful", Engine.Pipeline.Jobs.Recipe.Careful), ("auto", Engine.Pipeline.Jobs.Recipe.Auto)],
        []);

    public static Choice<MetricKind> Metric { get; } = new(
        "metric",
        [.. Enum.GetValues<MetricKind>().Select(k => (MetricText.Keyword(k), k))],
        []);

    public static Choice<string> Embed { get; } = new("way to embed", [("resource", "resource")], ["file", "both"]);

    /// <summary>The words of an MSBuild property that is on or off.</summary>
    public static Choice<bool> YesNo { get; } = new("answer", [("true", true), ("false", false)], []);

    public static Choice<string> Accessibility { get; } = new("accessibility", [("internal", "internal"), ("public", "public")], []);

    /// <summary>The profiles that a setting names, in the order in which an app looks for one that fits.</summary>
    /// <exception cref="QuantException">As <see cref="Choice{T}.Parse(Setting)"/>, or QBT1021 for an empty list.</exception>
    public static IReadOnlyList<HardwareProfile> Profiles(Setting setting, ProfileCatalog catalog)
    {
        var words = new Choice<HardwareProfile>("profile", [.. catalog.All.Select(p => (p.Name, p))], []);
        return setting.Items is { Count: > 0 } items
            ? catalog.InOrder(items.Select(i => words.Parse(setting, i)))
            : throw setting.Invalid("Name at least one profile.");
    }

    /// <summary>The profiles that are made where no setting names any.</summary>
    /// <exception cref="QuantException">QBT1021: none serves the runtime identifier.</exception>
    public static IReadOnlyList<HardwareProfile> ProfilesFor(ProfileCatalog catalog, string runtimeIdentifier, bool gpuPackage) =>
        catalog.For(runtimeIdentifier, gpuPackage) is { Count: > 0 } serving ? serving : throw QuantException.Error(
            Codes.InvalidValue,
            $"RuntimeIdentifier is \"{runtimeIdentifier}\", which none of the profiles serves: {string.Join(", ", catalog.All.Select(p => p.Name))}. Build for one that they serve, name the profiles yourself (Profiles), or define one with a QuantProfile item.");
}
