namespace QuantBuildTasks.Tests;

/// <summary>A project folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("Größe und Maß ").FullName + Path.DirectorySeparatorChar;

    public string this[string name] => Path.Combine(Root, name.Replace('/', Path.DirectorySeparatorChar));

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], text);
        return this[name];
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
