using QuantBuildTasks.Engine.Data.Images;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Tool.Requests.Settings;

namespace QuantBuildTasks.Tool.Requests;

/// <summary>Turns settings into a job: checks them, fills in defaults, makes paths absolute.</summary>
/// <param name="settings">What the user wrote.</param>
/// <param name="baseDirectory">Where relative paths start.</param>
/// <param name="target">What the app will run on.</param>
internal sealed class JobFactory(ModelSettings settings, string baseDirectory, JobTarget target)
{
    private readonly List<Diagnostic> _findings = [];

    /// <summary>What is wrong; the job must not run unless this is empty.</summary>
    public IReadOnlyList<Diagnostic> Findings => _findings;

    public QuantJob Create(string modelPath, string displayPath)
    {
        if (ModelFile.Missing(modelPath, displayPath) is { } missing)
        {
            _findings.Add(missing);
        }

        Precision precision = Read(SettingNames.Precision, Choices.Precision.Parse, Precision.Auto);
        if (MissingData(precision) is { } missingData)
        {
            _findings.Add(Diagnostic.Error(Codes.DataMissing, missingData, displayPath));
        }

        (string Path, string DisplayPath)? reference = Reference(precision, displayPath);

        // Used by the build alone, but checked with the rest so that all mistakes show at once.
        Read(SettingNames.Embed, Choices.Embed.Parse, "resource");
        Read(SettingNames.Accessibility, Choices.Accessibility.Parse, "internal");

        return new QuantJob
        {
            ModelPath = modelPath,
            DisplayPath = displayPath,
            Profiles = Profiles(),
            CalibrationData = Read(SettingNames.CalibrationData, s => DataFiles.Find(s, baseDirectory, displayPath), []),
            ValidationData = Read(SettingNames.ValidationData, s => DataFiles.Find(s, baseDirectory, displayPath), []),
            Preprocess = Read<Preprocessing?>(SettingNames.Preprocess, PreprocessText.Parse, null),
            Precision = precision,
            ReferencePath = reference?.Path,
            ReferenceDisplayPath = reference?.DisplayPath,
            Recipe = Read(SettingNames.Recipe, Choices.Recipe.Parse, Recipe.Balanced),
            Metrics = Metrics(),
            MinCompression = Optional(SettingNames.MinCompression, Numbers.Positive),
            MaxLatencyRatio = Optional(SettingNames.MaxLatencyRatio, Numbers.Positive),
            KeepFloat = Read(SettingNames.KeepFloat, s => s.Items, []),
            BatchSize = Optional(SettingNames.BatchSize, Numbers.PositiveCount),
            BatchAxes = Read(SettingNames.BatchAxes, BatchAxesText.Parse, new Dictionary<string, int?>()),
            PinnedInputs = Read(SettingNames.PinnedInputs, PinnedInputsText.Parse, []),
            Strict = Read(SettingNames.Strict, Choices.YesNo.Parse, false),
            Emulation = Emulation(),
            WorkFolder = target.OutputDirectory,
            Threads = Read(SettingNames.Threads, Numbers.Count, 0),
        };
    }

    private IReadOnlyList<MetricRequest> Metrics()
    {
        IReadOnlyList<MetricRequest>? metrics = Read<IReadOnlyList<MetricRequest>?>(
            SettingNames.Metric,
            MetricListText.Parse,
            settings.Find(SettingNames.Metric) is null ? MetricRequest.Default : null);

        // What a limit means depends on its metric: with a wrong one nothing can be said of it.
        return metrics is null ? MetricRequest.Default : Read(SettingNames.MaxDrop, s => MaxDropText.ParseFor(s, metrics), metrics);
    }

    private string? MissingData(Precision precision)
    {
        if (settings.Find(SettingNames.CalibrationData) is not null || (precision is Precision.None or Precision.Int8Weights && settings.Find(SettingNames.ValidationData) is not null))
        {
            return null;
        }

        const string File = "an .npz file with a few hundred typical inputs, one array for each input of the model.";
        (string calibration, string validation) = (settings.Spoken(SettingNames.CalibrationData), settings.Spoken(SettingNames.ValidationData));
        return precision switch
        {
            Precision.None => $"There is nothing to measure the model on: set {validation} to {File}",
            Precision.Int8Weights => $"int8-weights needs no calibration, but there is nothing to measure the model on: set {validation} or {calibration} to {File}",
            _ => $"int8 needs calibration data: {calibration} is not set. Name {File}",
        };
    }

    private EmulationSettings Emulation()
    {
        var defaults = new EmulationSettings();
        return new EmulationSettings
        {
            Emulator = Read<string?>(
                SettingNames.Emulator,
                s => s.Value.Contains('/', StringComparison.Ordinal) || s.Value.Contains('\\', StringComparison.Ordinal) ? DataFiles.FullPath(s.Value, baseDirectory) : s.Value,
                null),
            Directory = Read<string?>(SettingNames.EmulationDirectory, s => DataFiles.FullPath(s.Value, baseDirectory), null),
            Samples = Read(SettingNames.EmulationSamples, Numbers.PositiveCount, defaults.Samples),
        };
    }

    /// <summary>The float model beside an already quantized one. Where we quantize, the float model is the model itself.</summary>
    private (string Path, string DisplayPath)? Reference(Precision precision, string displayPath)
    {
        if (settings.Find(SettingNames.Reference) is not { } setting)
        {
            return null;
        }

        if (precision != Precision.None)
        {
            _findings.Add(Diagnostic.Error(
                Codes.InvalidValue,
                $"{setting.Spoken} is for a model that is quantized already, and this one is to be quantized. Set {settings.Spoken(SettingNames.Precision)} to none, or remove {setting.Spoken}.",
                displayPath));
            return null;
        }

        string path = DataFiles.FullPath(setting.Value, baseDirectory);
        if (ModelFile.Missing(path, setting.Value) is { } missing)
        {
            _findings.Add(missing);
        }

        return (path, setting.Value);
    }

    private IReadOnlyList<HardwareProfile> Profiles()
    {
        try
        {
            return settings.Find(SettingNames.Profiles) is { } setting ? Choices.Profiles(setting, target.Catalog) : Choices.ProfilesFor(target.Catalog, target.RuntimeIdentifier, target.GpuPackage);
        }
        catch (QuantException e)
        {
            _findings.Add(e.Diagnostic);
            return [];
        }
    }

    private T? Optional<T>(string name, Func<Setting, T> parse)
        where T : struct => Read<T?>(name, s => parse(s), null);

    private T Read<T>(string name, Func<Setting, T> parse, T missing)
    {
        if (settings.Find(name) is not { } setting)
        {
            return missing;
        }

        try
        {
            return parse(setting);
        }
        catch (QuantException e)
        {
            _findings.Add(e.Diagnostic);
            return missing;
        }
    }
}
