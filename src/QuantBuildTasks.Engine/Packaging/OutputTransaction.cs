using System.Text.Json;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Packaging;

/// <summary>
/// Writes a set of files and their manifest so that nobody ever trusts half of it: files are staged beside, and only <see cref="Commit"/> touches
/// what was there. It takes the old manifest away first and moves the new one into place last; a run killed in between leaves no manifest.
/// </summary>
internal sealed class OutputTransaction : IDisposable
{
    private readonly string _root;
    private readonly StagingFolder _staging;
    private readonly List<string> _staged = [];

    private OutputTransaction(string root, StagingFolder staging)
    {
        _root = root;
        _staging = staging;
    }

    /// <exception cref="QuantException">QBT4001: the directory cannot be made or written.</exception>
    public static OutputTransaction Begin(string outputDirectory)
    {
        string root = Path.GetFullPath(outputDirectory);
        return Guard(root, () =>
        {
            Directory.CreateDirectory(root);
            return new OutputTransaction(root, StagingFolder.Create(root));
        });
    }

    /// <summary>Keeps a file for <see cref="Commit"/>.</summary>
    /// <param name="relativePath">Below the output directory, with <c>/</c>.</param>
    /// <param name="bytes">Its content.</param>
    /// <exception cref="ArgumentException">The path leaves the output directory, or was staged before.</exception>
    /// <exception cref="QuantException">QBT4001.</exception>
    public void Stage(string relativePath, byte[] bytes) => Stage(relativePath, stream => stream.Write(bytes));

    /// <summary>Keeps a file for <see cref="Commit"/> that is made piece by piece.</summary>
    /// <param name="relativePath">Below the output directory, with <c>/</c>.</param>
    /// <param name="write">Writes its content.</param>
    /// <returns>How many bytes it has.</returns>
    /// <exception cref="ArgumentException">The path leaves the output directory, or was staged before.</exception>
    /// <exception cref="QuantException">QBT4001.</exception>
    public long Stage(string relativePath, Action<Stream> write)
    {
        string target = Resolve(_staging.Path, relativePath);
        if (_staged.Contains(relativePath))
        {
            throw new ArgumentException($"'{relativePath}' is staged twice.", nameof(relativePath));
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            AtomicFile.WriteThrough(target, write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(_root, e);
        }

        _staged.Add(relativePath);
        return new FileInfo(target).Length;
    }

    /// <summary>Writes a file that stands whatever becomes of the rest: a report.</summary>
    /// <exception cref="ArgumentException">The path leaves the output directory.</exception>
    /// <exception cref="QuantException">QBT4001.</exception>
    public void WriteNow(string relativePath, byte[] bytes) => Guard(_root, () =>
    {
        string target = Resolve(_root, relativePath);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        AtomicFile.Write(target, bytes);
        return target;
    });

    /// <summary>Moves everything into place, then the manifest, then removes what only the old manifest knew.</summary>
    /// <exception cref="QuantException">QBT4001; what was staged is dropped.</exception>
    public void Commit(ResultManifest manifest) => Guard(_root, () =>
    {
        string manifestPath = Path.Combine(_root, ResultManifest.FileName);
        IReadOnlyList<string> before = FilesOf(manifestPath);
        File.Delete(manifestPath);
        foreach (string relativePath in _staged)
        {
            MoveIntoPlace(relativePath);
        }

        AtomicFile.Write(manifestPath, manifest.Write());
        foreach (string stale in before.Except(_staged).Except(FilesOf(manifest)))
        {
            File.Delete(Resolve(_root, stale));
        }

        return manifestPath;
    });

    /// <summary>Drops what was staged and not committed.</summary>
    public void Dispose() => _staging.Dispose();

    private void MoveIntoPlace(string relativePath)
    {
        string from = Resolve(_staging.Path, relativePath);
        string to = Resolve(_root, relativePath);
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        if (!AtomicFile.HoldsSameAs(to, from))
        {
            File.Move(from, to, overwrite: true);
        }
    }

    private static IReadOnlyList<string> FilesOf(ResultManifest manifest) =>
        [.. manifest.Models.SelectMany(m => m.Resources.Select(r => r.Path).Concat(m.Files))];

    /// <summary>What the last run made; nothing where there is no manifest, or one that another version wrote.</summary>
    private List<string> FilesOf(string manifestPath)
    {
        try
        {
            return File.Exists(manifestPath) && ResultManifest.Read(File.ReadAllBytes(manifestPath)) is { Models: not null } manifest
                ? [.. FilesOf(manifest).Where(f => IsBelow(_root, Path.GetFullPath(f, _root)))]
                : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static string Resolve(string root, string relativePath)
    {
        string full = Path.GetFullPath(relativePath, root);
        return IsBelow(root, full) ? full : throw new ArgumentException($"'{relativePath}' lies outside '{root}'.", nameof(relativePath));
    }

    private static bool IsBelow(string root, string full) =>
        full.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static T Guard<T>(string root, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotWrite(root, e);
        }
    }

    private static QuantException CannotWrite(string root, Exception e) => QuantException.Error(
        Codes.CannotWrite,
        $"The results cannot be written to '{root}': {e.Message} Check free space and rights, and that no other program holds these files.",
        inner: e);
}
