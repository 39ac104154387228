using System.Text;

namespace QuantBuildTasks.Incremental;

/// <summary>
/// Files that are there as a whole or not at all: written beside their place and moved into it. The worker has a class of this name for its own
/// files; it cannot be shared, because the task's assembly must bring no other into MSBuild and .NET Standard has no move that overwrites.
/// </summary>
internal static class AtomicFile
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <exception cref="IOException">The disk is full, or another process holds the file.</exception>
    /// <exception cref="UnauthorizedAccessException">The file or its folder is read-only.</exception>
    public static void Write(string path, string text) => Write(path, Utf8.GetBytes(text));

    /// <inheritdoc cref="Write(string, string)" />
    public static void Write(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // An editor's design-time build may write the same file at the same time.
        string beside = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllBytes(beside, bytes);
            Patience.Try(() => MoveIntoPlace(beside, path));
        }
        finally
        {
            // After the move there is nothing to delete; File.Delete says nothing about a file that is not there.
            File.Delete(beside);
        }
    }

    /// <summary>Leaves a file alone that has this text already, so that what depends on it is not built again.</summary>
    /// <returns>Whether the file was written.</returns>
    public static bool WriteIfDifferent(string path, string text)
    {
        if (File.Exists(path) && Holds(path, text))
        {
            return false;
        }

        Write(path, text);
        return true;
    }

    private static bool Holds(string path, string text)
    {
        try
        {
            return Patience.Try(() => File.ReadAllText(path, Utf8)) == text;
        }
        catch (FileNotFoundException)
        {
            // Somebody has deleted it since: then it holds nothing.
            return false;
        }
    }

    // There is no call that does both, and between the question and the answer another build may write or delete the file.
    private static string MoveIntoPlace(string beside, string path)
    {
        try
        {
            File.Replace(beside, path, destinationBackupFileName: null);
        }
        catch (FileNotFoundException)
        {
            // Fails where somebody has written the file since; the next try replaces it.
            File.Move(beside, path);
        }

        return path;
    }
}
