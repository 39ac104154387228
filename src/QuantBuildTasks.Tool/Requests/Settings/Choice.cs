using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Tool.Requests.Settings;

/// <summary>A setting that is one of some words.</summary>
/// <param name="what">What the words name, in messages: <c>recipe</c>.</param>
/// <param name="values">The words that work.</param>
/// <param name="planned">Words that are part of the contract but do nothing yet.</param>
internal sealed class Choice<T>(string what, IReadOnlyList<(string Word, T Value)> values, IReadOnlyList<string> planned)
{
    /// <exception cref="QuantException">QBT1021: no such word. QBT1022: not yet.</exception>
    public T Parse(Setting setting) => Parse(setting, setting.Value);

    /// <summary>Like <see cref="Parse(Setting)"/>, for one word of a list.</summary>
    public T Parse(Setting setting, string word)
    {
        foreach ((string known, T value) in values)
        {
            if (known.Equals(word, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        if (planned.Contains(word, StringComparer.OrdinalIgnoreCase))
        {
            throw setting.NotYet($"the {what} '{word}'", $"Implemented: {Words}.");
        }

        throw setting.Invalid($"There is no {what} '{word}'.{Suggestion.For(word, values.Select(v => v.Word).Concat(planned))} Allowed: {Words}.");
    }

    private string Words => string.Join(", ", values.Select(v => v.Word));
}
