using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Models;

/// <summary>Turns <c>QuantModel</c> items into models whose names are legal and differ. All else about them is the worker's to judge.</summary>
internal static class ModelItems
{
    /// <summary>The models; every fault in their names is logged.</summary>
    /// <param name="items">The items of the project.</param>
    /// <param name="projectDirectory">Absolute.</param>
    /// <param name="rootNamespace">Of the project; need not be legal in C#.</param>
    /// <param name="defaults">Values of the <c>Quant*</c> properties by name without prefix.</param>
    /// <param name="log">Takes the errors.</param>
    public static IReadOnlyList<ModelItem> Read(
        IEnumerable<ITaskItem> items, string projectDirectory, string rootNamespace, IReadOnlyDictionary<string, string> defaults, TaskLoggingHelper log)
    {
        var models = new List<ModelItem>();
        var byName = new Dictionary<string, ModelItem>(StringComparer.OrdinalIgnoreCase); // the name is also a folder's
        if (defaults.TryGetValue("ClassName", out string? forAll))
        {
            log.LogError(
                null, Codes.InvalidValue, null, null, 0, 0, 0, 0,
                $"QuantClassName is \"{forAll}\", but no two models can have the same name. Remove the property and set ClassName on the QuantModel items that need it.");
        }

        foreach (ITaskItem item in items)
        {
            ModelItem model = Read(item, projectDirectory, rootNamespace, defaults, log);
            if (byName.TryGetValue(model.ClassName, out ModelItem? other))
            {
                Error(log, Codes.DuplicateClassName, model.Include, other.Path == model.Path
                    ? "The model is listed twice. Remove one of the QuantModel items."
                    : $"'{other.Include}' is already called '{other.ClassName}'. Give one of the two a ClassName of its own.");
                continue;
            }

            byName.Add(model.ClassName, model);
            models.Add(model);
        }

        return models;
    }

    private static ModelItem Read(
        ITaskItem item, string projectDirectory, string rootNamespace, IReadOnlyDictionary<string, string> defaults, TaskLoggingHelper log)
    {
        Dictionary<string, string> metadata = ItemMetadata.Of(item);
        string include = ProjectPaths.Display(projectDirectory, item.ItemSpec);
        string className = ClassName(item, include, log);

        string space = Value("Namespace") ?? ClassNames.NamespaceFrom(rootNamespace);
        if (space.Length > 0 && !ClassNames.IsNamespace(space))
        {
            Error(log, Codes.InvalidValue, include, $"Namespace=\"{space}\" is not a C# namespace. Write names separated by dots, for example MyApp.Models.");
        }

        string accessibility = Value("Accessibility") ?? "internal";
        bool isPublic = string.Equals(accessibility, "public", StringComparison.OrdinalIgnoreCase);
        if (!isPublic && !string.Equals(accessibility, "internal", StringComparison.OrdinalIgnoreCase))
        {
            Error(log, Codes.InvalidValue, include, $"Accessibility=\"{accessibility}\" is not known. Write internal or public.");
        }

        return new ModelItem(include, ProjectPaths.Absolute(projectDirectory, item.ItemSpec), className, space, isPublic, metadata);

        string? Value(string name)
        {
            string own = item.GetMetadata(name);
            return own.Length > 0 ? own : defaults.TryGetValue(name, out string? all) ? all : null;
        }
    }

    private static string ClassName(ITaskItem item, string include, TaskLoggingHelper log)
    {
        string given = item.GetMetadata("ClassName");
        string name = given.Length > 0 ? given : ClassNames.FromFileName(Path.GetFileNameWithoutExtension(include));
        if (given.Length > 0 && !ClassNames.IsIdentifier(given))
        {
            Error(log, Codes.InvalidValue, include, $"ClassName=\"{given}\" is not a C# identifier. Use letters, digits and underscores; the first is no digit.");
        }
        else if (name.Length == 0)
        {
            Error(log, Codes.InvalidValue, include, "The file name has no letter or digit to make a class name from. Set ClassName.");
        }
        else if (ClassNames.IsTaken(name))
        {
            Error(log, Codes.InvalidValue, include, $"The class QuantModels cannot have a property called '{name}'. Set another ClassName.");
        }

        return name;
    }

    private static void Error(TaskLoggingHelper log, string code, string file, string text) => log.LogError(null, code, null, file, 0, 0, 0, 0, text);
}
