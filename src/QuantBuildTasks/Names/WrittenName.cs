namespace QuantBuildTasks.Names;

/// <summary>A property or an item, and where it is written.</summary>
/// <param name="name">As it is written.</param>
/// <param name="isItem">Whether it is an item; else a property.</param>
/// <param name="file">Absolute path; null for the command line.</param>
/// <param name="line">Counts from 1; 0 where there is none.</param>
/// <param name="column">As <paramref name="line"/>.</param>
internal sealed class WrittenName(string name, bool isItem, string? file, int line, int column)
{
    public string Name { get; } = name;

    public bool IsItem { get; } = isItem;

    public string? File { get; } = file;

    public int Line { get; } = line;

    public int Column { get; } = column;
}
