namespace QuantBuildTasks.Tool.Requests.Settings;

/// <summary>All names of settings that users can write, and which of them do something already.</summary>
internal static class SettingNames
{
    public const string CalibrationData = "CalibrationData";
    public const string ValidationData = "ValidationData";
    public const string Reference = "Reference";
    public const string Preprocess = "Preprocess";
    public const string Profiles = "Profiles";
    public const string Precision = "Precision";
    public const string Recipe = "Recipe";
    public const string Metric = "Metric";
    public const string MaxDrop = "MaxDrop";
    public const string MinCompression = "MinCompression";
    public const string MaxLatencyRatio = "MaxLatencyRatio";
    public const string KeepFloat = "KeepFloat";
    public const string BatchSize = "BatchSize";
    public const string BatchAxes = "BatchAxes";
    public const string PinnedInputs = "PinnedInputs";
    public const string Embed = "Embed";
    public const string ClassName = "ClassName";
    public const string Namespace = "Namespace";
    public const string Accessibility = "Accessibility";
    public const string Threads = "Threads";
    public const string Enabled = "Enabled";
    public const string Strict = "Strict";
    public const string Emulator = "Emulator";
    public const string EmulationDirectory = "EmulationDirectory";
    public const string EmulationSamples = "EmulationSamples";

    /// <summary>Metadata of a <c>QuantModel</c> item; each is also a property with <c>Quant</c> in front, the default for all models.</summary>
    public static IReadOnlyList<string> Metadata { get; } =
    [
        CalibrationData, ValidationData, Preprocess, Reference, Profiles, Precision, Recipe, Metric, MaxDrop, MinCompression, MaxLatencyRatio, KeepFloat,
        BatchSize, BatchAxes, PinnedInputs, Embed, ClassName, Namespace, Accessibility,
    ];

    /// <summary>Metadata that are part of the contract but do nothing yet.</summary>
    public static IReadOnlyList<string> PlannedMetadata { get; } = ["MaxRegression"];

    /// <summary>Properties that are not the default of a metadata.</summary>
    public static IReadOnlyList<string> Properties { get; } = [Threads, Enabled, Strict, Emulator, EmulationDirectory, EmulationSamples];

    /// <summary>Properties that are part of the contract but do nothing yet.</summary>
    public static IReadOnlyList<string> PlannedProperties { get; } =
    [
        "MaxMemoryMB", "MaxMinutes", "Seed", "CacheDirectory", "RemoteCache", "LockFile", "Locked", "UpdateLock", "Report",
    ];
}
