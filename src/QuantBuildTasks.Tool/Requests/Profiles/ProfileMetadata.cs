using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Tool.Requests.Profiles;

/// <summary>The metadata of a <c>QuantProfile</c> item, without case as MSBuild has it; an empty one counts as not written.</summary>
internal sealed class ProfileMetadata(RequestedProfile item)
{
    public const string Basis = "BasedOn";
    public const string Architecture = "Architecture";
    public const string Features = "Features";
    public const string Saturation = "Saturation";
    public const string Precision = "Precision";
    public const string IntegerOperators = "IntegerOperators";
    public const string Float16Operators = "Float16Operators";
    public const string RuntimeIdentifiers = "RuntimeIdentifiers";
    public const string MinimumRuntimeVersion = "MinimumRuntimeVersion";
    public const string EmulatorCpu = "EmulatorCpu";

    private static readonly string[] Known =
        [Basis, Architecture, Features, Saturation, Precision, IntegerOperators, Float16Operators, RuntimeIdentifiers, MinimumRuntimeVersion, EmulatorCpu];

    private readonly Dictionary<string, string> _values = item.Metadata
        .Where(m => m.Value.Trim().Length > 0)
        .ToDictionary(m => m.Key, m => m.Value.Trim(), StringComparer.OrdinalIgnoreCase);

    public string Name => item.Name;

    /// <summary>QBT1024 for each name that means nothing.</summary>
    public IEnumerable<Diagnostic> Unknown => _values.Keys
        .Where(k => !Known.Contains(k, StringComparer.OrdinalIgnoreCase))
        .Select(k => Error($"QuantProfile has no metadata '{k}'.{Suggestion.For(k, Known)} Known: {string.Join(", ", Known)}.").Diagnostic);

    public string? Find(string name) => _values.GetValueOrDefault(name);

    /// <summary>The words of a list; they are separated by <c>;</c> or <c>|</c>.</summary>
    public string[]? List(string name) => Find(name)?.Split([';', '|'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>One word of a few, in any case; null where it is not written.</summary>
    /// <exception cref="QuantException">QBT1024: another word.</exception>
    public T? Word<T>(string name, params (string Word, T Value)[] words)
        where T : struct
    {
        if (Find(name) is not { } text)
        {
            return null;
        }

        foreach ((string word, T value) in words)
        {
            if (word.Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        throw Wrong(name, $"{Suggestion.For(text, words.Select(w => w.Word)).TrimStart()} Allowed: {string.Join(", ", words.Select(w => w.Word))}.".TrimStart());
    }

    /// <summary>The built-in profile that the item starts from.</summary>
    /// <exception cref="QuantException">QBT1024: none is named, or there is none of that name.</exception>
    public HardwareProfile BasedOn()
    {
        string[] names = [.. BuiltInProfiles.All.Select(p => p.Name)];
        string name = Find(Basis) ?? throw Error($"BasedOn is missing. Name the built-in profile that it starts from: {string.Join(", ", names)}.");
        return BuiltInProfiles.All.FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw Wrong(Basis, $"There is no built-in profile of that name.{Suggestion.For(name, names)} Allowed: {string.Join(", ", names)}.");
    }

    /// <summary>QBT1024: a value is wrong.</summary>
    /// <param name="name">Of the metadata.</param>
    /// <param name="allowed">Sentences that say what is allowed.</param>
    public QuantException Wrong(string name, string allowed) => Error($"{name} is \"{Find(name)}\". {allowed}");

    public QuantException Error(string text) => new(Diagnostic.Error(Codes.BadProfile, text) with { Profile = item.Name });
}
