using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Tool.Requests.Profiles;

/// <summary>How a profile may be called: the name becomes a file name on every operating system, and a word in lists.</summary>
internal static class ProfileNames
{
    private const int Longest = 64;

    /// <summary>Device names, which Windows does not take for files, whatever their extension.</summary>
    private static readonly string[] Reserved =
    [
        "con", "prn", "aux", "nul", .. Enumerable.Range(1, 9).Select(i => $"com{i}"), .. Enumerable.Range(1, 9).Select(i => $"lpt{i}"),
    ];

    /// <summary>What is wrong with a name, as a sentence; null where it will do.</summary>
    public static string? Objection(string name) =>
        name.Length is 0 or > Longest || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.') || !char.IsAsciiLetterOrDigit(name[0]) || name[^1] == '.'
            ? $"The name becomes a file name: write {Longest} letters, digits, '-' and '.' at most, with a letter or digit in front."
            : Reserved.Contains(name.Split('.')[0], StringComparer.OrdinalIgnoreCase) ? "Windows has a device of that name, so that no file can have it."
            : BuiltInProfiles.All.Any(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) ? "A built-in profile has that name. Choose another one, and name that profile in BasedOn."
            : null;
}
