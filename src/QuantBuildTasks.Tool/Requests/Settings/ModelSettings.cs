namespace QuantBuildTasks.Tool.Requests.Settings;

/// <summary>The settings of one model: its own win over those for all. Names are compared without case, as MSBuild does.</summary>
internal sealed class ModelSettings
{
    private readonly Dictionary<string, Setting> _settings = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Settings out of a project.</summary>
    /// <param name="include">The model as the user wrote it.</param>
    /// <param name="metadata">The item's metadata.</param>
    /// <param name="properties">Properties without <c>Quant</c> in front.</param>
    public static ModelSettings OfProject(
        string include, IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, string> properties)
    {
        var settings = new ModelSettings();
        settings.Add(properties, name => "Quant" + name, null);
        settings.Add(metadata, name => name, include);
        return settings;
    }

    /// <summary>Settings out of a command line.</summary>
    /// <param name="include">The model as the user wrote it.</param>
    /// <param name="values">By setting name.</param>
    /// <param name="optionName">The option of each setting name.</param>
    public static ModelSettings OfCommandLine(string include, IReadOnlyDictionary<string, string> values, Func<string, string> optionName)
    {
        var settings = new ModelSettings { _optionName = optionName };
        settings.Add(values, optionName, include);
        return settings;
    }

    private Func<string, string> _optionName = name => name;

    public Setting? Find(string name) => _settings.GetValueOrDefault(name);

    /// <summary>How to name a setting that the user has not written, in advice.</summary>
    public string Spoken(string name) => _optionName(name);

    private void Add(IReadOnlyDictionary<string, string> values, Func<string, string> spoken, string? file)
    {
        foreach ((string name, string value) in values)
        {
            if (value.Trim() is { Length: > 0 } text)
            {
                _settings[name] = new Setting(spoken(name), text, file);
            }
        }
    }
}
