using System.Text;

namespace QuantBuildTasks.Models;

/// <summary>C# names made from file names, and the check of names that the user gave.</summary>
internal static class ClassNames
{
    private static readonly HashSet<string> Keywords = new(StringComparer.Ordinal)
    {
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue", "decimal", "default",
        "delegate", "do", "double", "else", "enum", "event", "explicit", "extern", "false", "finally", "fixed", "float", "for", "foreach", "goto",
        "if", "implicit", "in", "int", "interface", "internal", "is", "lock", "long", "namespace", "new", "null", "object", "operator", "out",
        "override", "params", "private", "protected", "public", "readonly", "ref", "return", "sbyte", "sealed", "short", "sizeof", "stackalloc",
        "static", "string", "struct", "switch", "this", "throw", "true", "try", "typeof", "uint", "ulong", "unchecked", "unsafe", "ushort", "using",
        "virtual", "void", "volatile", "while",
    };

    private static readonly HashSet<string> Taken = new(StringComparer.Ordinal)
    {
        "QuantModels", "Equals", "Finalize", "GetHashCode", "GetType", "MemberwiseClone", "ReferenceEquals", "ToString",
    };

    /// <summary>
    /// The name in PascalCase: <c>bert.de-v2</c> becomes <c>BertDeV2</c>, <c>3d</c> becomes <c>_3d</c>; empty where there is no letter or digit.
    /// </summary>
    public static string FromFileName(string nameWithoutExtension)
    {
        // File systems of macOS hand out decomposed letters; the name must not depend on the host.
        var name = new StringBuilder();
        bool startsWord = true;
        foreach (char c in nameWithoutExtension.Normalize(NormalizationForm.FormC))
        {
            if (!char.IsLetterOrDigit(c))
            {
                startsWord = true;
                continue;
            }

            name.Append(startsWord ? char.ToUpperInvariant(c) : c);
            startsWord = false;
        }

        return name.Length > 0 && char.IsDigit(name[0]) ? name.Insert(0, '_').ToString() : name.ToString();
    }

    /// <summary>A namespace for C# from whatever a project calls itself: <c>my-app.3d</c> becomes <c>my_app._3d</c>.</summary>
    public static string NamespaceFrom(string projectName) => string.Join(".", projectName.Split('.').Where(p => p.Length > 0).Select(part =>
    {
        string cleaned = new([.. part.Select(c => char.IsLetterOrDigit(c) || c == '_' ? c : '_')]);
        return char.IsDigit(cleaned[0]) ? "_" + cleaned : cleaned;
    }));

    /// <summary>
    /// Whether C# takes the name. The worker asks the same of requests that no task has checked; the two processes share no assembly, because
    /// MSBuild would have to load it.
    /// </summary>
    public static bool IsIdentifier(string name) =>
        name.Length > 0 && !char.IsDigit(name[0]) && name.All(c => char.IsLetterOrDigit(c) || c == '_');

    public static bool IsNamespace(string name) => name.Split('.').All(IsIdentifier);

    /// <summary>Whether a property of this name cannot stand in the class <c>QuantModels</c>.</summary>
    public static bool IsTaken(string name) => Taken.Contains(name);

    /// <summary>The name as it is written in C#: parts that are keywords get an <c>@</c>.</summary>
    public static string Escape(string name) => string.Join(".", name.Split('.').Select(p => Keywords.Contains(p) ? "@" + p : p));
}
