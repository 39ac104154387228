namespace QuantBuildTasks.Models;

/// <summary>A <c>QuantModel</c> item with checked names.</summary>
internal sealed class ModelItem(string include, string path, string className, string @namespace, bool isPublic, Dictionary<string, string> metadata)
{
    /// <summary>The model as messages and artifacts name it: relative to the project, with forward slashes.</summary>
    public string Include { get; } = include;

    /// <summary>The model's absolute path.</summary>
    public string Path { get; } = path;

    /// <summary>The property of <c>QuantModels</c>, and the folder of the artifacts.</summary>
    public string ClassName { get; } = className;

    /// <summary>Empty for the global namespace.</summary>
    public string Namespace { get; } = @namespace;

    public bool IsPublic { get; } = isPublic;

    /// <summary>What the user said about the model, by name in ordinal order.</summary>
    public Dictionary<string, string> Metadata { get; } = metadata;
}
