using System.Text;

namespace QuantBuildTasks.Incremental;

/// <summary>Files that are there as a whole or not at all: written beside their place and moved into it.</summary>
internal static class AtomicFile
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static void Write(string path, string text) => Write(path, Utf8.GetBytes(text));

    public static void Write(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // An editor's design-time build may write the same file at the same time.
        string beside = $"{path}.{Guid.NewGuid():N}.tmp";
        File.WriteAllBytes(beside, bytes);
        if (File.Exists(path))
        {
            File.Replace(beside, path, destinationBackupFileName: null);
        }
        else
        {
            File.Move(beside, path);
        }
    }

    /// <summary>Leaves a file alone that has this text already, so that what depends on it is not built again.</summary>
    /// <returns>Whether the file was written.</returns>
    public static bool WriteIfDifferent(string path, string text)
    {
        if (File.Exists(path) && File.ReadAllText(path, Utf8) == text)
        {
            return false;
        }

        Write(path, text);
        return true;
    }
}
