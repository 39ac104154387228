using Microsoft.Build.Framework;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Names;
using Task = Microsoft.Build.Utilities.Task;

namespace QuantBuildTasks;

/// <summary>
/// Finds properties and items whose names are misspelt ones of ours: MSBuild takes any name, and a limit under a wrong one would guard nothing. It reads the
/// project file, what that imports from the user's folders, and the properties of the command line; a task cannot ask for all properties there are.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class CheckQuantNames : Task
{
    /// <summary>Absolute paths of the files that a project is written in; those that do not exist are left out.</summary>
    [Required]
    public string[] Files { get; set; } = [];

    /// <summary>Absolute path of the project's folder.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    /// <summary>Names of all properties that mean something: <c>QuantMaxDrop</c>.</summary>
    [Required]
    public string[] Properties { get; set; } = [];

    /// <summary>Names of all items that mean something: <c>QuantModel</c>.</summary>
    [Required]
    public string[] Items { get; set; } = [];

    /// <inheritdoc />
    public override bool Execute()
    {
        foreach (WrittenName name in ProjectText.Names(Files, ProjectDirectory))
        {
            Check(name);
        }

        // MSBuild before 16.9 does not tell.
        foreach (string global in (BuildEngine as IBuildEngine6)?.GetGlobalProperties().Keys ?? [])
        {
            Check(new WrittenName(global, isItem: false, file: null, line: 0, column: 0));
        }

        return !Log.HasLoggedErrors;
    }

    private void Check(WrittenName name)
    {
        if (Misspelling.Meant(name.Name, name.IsItem ? Items : Properties) is not { } meant)
        {
            return;
        }

        string kind = name.IsItem ? "item" : "property";
        string where = name.File is null ? " of the command line" : "";
        Log.LogError(
            null, Codes.UnknownMetadata, null, name.File, name.Line, name.Column, 0, 0,
            $"The {kind} '{name.Name}'{where} has no effect. Did you mean '{meant}'? If it is one of your own, give it a name that is not so close.");
    }
}
