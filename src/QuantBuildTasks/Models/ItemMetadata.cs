using System.Collections;
using Microsoft.Build.Framework;

namespace QuantBuildTasks.Models;

/// <summary>Reads the metadata that the user wrote, and leaves out what MSBuild, the SDK and editors put on items of every kind.</summary>
internal static class ItemMetadata
{
    private static readonly HashSet<string> OfEveryItem = new(StringComparer.OrdinalIgnoreCase)
    {
        "AutoGen", "BuildAction", "CopyToOutputDirectory", "CopyToPublishDirectory", "CustomToolNamespace", "DependentUpon", "DesignTime",
        "DesignTimeSharedInput", "ExcludeFromSingleFile", "Generator", "InProject", "IsImplicitlyDefined", "LastGenOutput", "Link", "LinkBase",
        "MSBuildSourceProjectFile", "MSBuildSourceTargetName", "NuGetPackageId", "NuGetPackageVersion", "OriginalItemSpec", "Pack", "PackagePath",
        "PackageCopyToOutput", "Private", "SubType", "TargetPath", "Visible", "Watch",
    };

    /// <summary>Name and value of each metadatum that is not empty, in ordinal order of the names.</summary>
    public static Dictionary<string, string> Of(ITaskItem item)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in item.CloneCustomMetadata())
        {
            string name = (string)entry.Key;
            string value = item.GetMetadata(name);
            if (value.Length > 0 && !OfEveryItem.Contains(name))
            {
                found.Add(name, value);
            }
        }

        return Ordered(found);
    }

    /// <summary>The defaults of all models: each item names a property without its prefix and has the metadatum <c>Value</c>.</summary>
    public static Dictionary<string, string> Defaults(IEnumerable<ITaskItem> properties)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (ITaskItem property in properties.Where(p => p.GetMetadata("Value").Length > 0))
        {
            found[property.ItemSpec] = property.GetMetadata("Value");
        }

        return Ordered(found);
    }

    // The serializer writes a Dictionary in the order in which it was filled.
    private static Dictionary<string, string> Ordered(SortedDictionary<string, string> sorted) => sorted.ToDictionary(e => e.Key, e => e.Value);
}
