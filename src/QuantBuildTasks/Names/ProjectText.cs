using System.Xml;
using System.Xml.Linq;

namespace QuantBuildTasks.Names;

/// <summary>
/// Reads project files as text: what is written there, whether or not its condition holds. Imports are followed where their path can be told without evaluating the
/// project, which leaves out SDKs and packages: they are not the user's.
/// </summary>
internal static class ProjectText
{
    /// <summary>All properties and items of the files and their imports, in the order in which they are written.</summary>
    /// <param name="files">Absolute paths; those that do not exist are left out.</param>
    /// <param name="projectDirectory">Absolute.</param>
    public static IEnumerable<WrittenName> Names(IEnumerable<string> files, string projectDirectory)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>(files.Reverse());
        while (open.Count > 0)
        {
            string path = Path.GetFullPath(open.Pop());
            if (!seen.Add(path) || Load(path) is not { } root)
            {
                continue;
            }

            foreach (WrittenName name in root.Descendants().Where(IsGroup).SelectMany(group => group.Elements().Select(e => Name(e, group, path))))
            {
                yield return name;
            }

            foreach (string import in root.Descendants().Where(e => e.Name.LocalName == "Import" && e.Attribute("Sdk") is null)
                .Select(e => ImportPath.Resolve((string?)e.Attribute("Project") ?? "", Path.GetDirectoryName(path)!, projectDirectory)).OfType<string>())
            {
                open.Push(import);
            }
        }
    }

    private static bool IsGroup(XElement element) => element.Name.LocalName is "PropertyGroup" or "ItemGroup";

    private static WrittenName Name(XElement element, XElement group, string path)
    {
        IXmlLineInfo at = element;
        return new WrittenName(element.Name.LocalName, group.Name.LocalName == "ItemGroup", path, at.LineNumber, at.LinePosition);
    }

    /// <summary>Null for a file that is not there or cannot be read: MSBuild has judged that already, and better.</summary>
    private static XElement? Load(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var reader = XmlReader.Create(path, new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null });
            return XDocument.Load(reader, LoadOptions.SetLineInfo).Root;
        }
        catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
