using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Tool.Requests.Settings;

/// <summary>A value that a user wrote, and where.</summary>
/// <param name="Spoken">The name as it stands where it was written: <c>MaxDrop</c>, <c>QuantMaxDrop</c> or <c>--max-drop</c>.</param>
/// <param name="Value">What was written, without white space around; not empty.</param>
/// <param name="File">The model that it belongs to; null where it holds for all.</param>
internal sealed record Setting(string Spoken, string Value, string? File)
{
    /// <summary>The parts of a list separated by <c>;</c>.</summary>
    public IReadOnlyList<string> Items => Value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>QBT1021: the value is wrong.</summary>
    /// <param name="allowed">A sentence that says what is allowed.</param>
    public QuantException Invalid(string allowed) => QuantException.Error(Codes.InvalidValue, $"{Spoken} is \"{Value}\". {allowed}", File);

    /// <summary>QBT1022: the value is right, but this version does not do it.</summary>
    public QuantException NotYet(string what, string instead) =>
        QuantException.Error(Codes.NotImplementedYet, $"{Spoken} is \"{Value}\": {what} is not implemented in this version. {instead}", File);
}
