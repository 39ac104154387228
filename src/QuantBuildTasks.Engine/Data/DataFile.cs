using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data;

/// <summary>An array as a file gives it.</summary>
/// <param name="Name">Its name in the .npz; for an .npy the file's name without extension.</param>
/// <param name="Array">The elements.</param>
/// <param name="File">The file, for messages.</param>
/// <param name="IsNamed">False for an .npy, whose file name need not say what it is.</param>
internal sealed record NamedArray(string Name, Tensor Array, string File, bool IsNamed);

/// <summary>Reads files with calibration or validation data. What a file is shows in its first bytes, not in its name.</summary>
internal static class DataFile
{
    /// <summary>All arrays of a file, in file order.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="model">The model that the data are for, as the user wrote it.</param>
    /// <exception cref="QuantException">QBT1003, QBT1010 or QBT1011.</exception>
    public static IReadOnlyList<NamedArray> Read(string path, string model)
    {
        if (Directory.Exists(path))
        {
            throw QuantException.Error(Codes.NotImplementedYet, $"'{path}' is a folder; data can be read from .npz and .npy files only so far.", model);
        }

        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return Read(stream, path, model);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw QuantException.Error(Codes.DataNotFound, $"There is no data file at '{path}'. Check CalibrationData and ValidationData of the QuantModel item.", model, e);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw QuantException.Error(Codes.DataUnreadable, $"The data file '{path}' cannot be used: {e.Message.TrimEnd('.')}.", model, e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw QuantException.Error(Codes.DataUnreadable, $"The data file '{path}' cannot be opened: {e.Message}", model, e);
        }
    }

    private static IReadOnlyList<NamedArray> Read(FileStream stream, string path, string model)
    {
        Span<byte> start = stackalloc byte[32];
        start = start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        stream.Position = 0;
        if (start.StartsWith(NpyHeader.Magic))
        {
            if (stream.Length > Array.MaxLength)
            {
                throw new InvalidDataException($"it has {stream.Length} bytes, and one array may have at most {Array.MaxLength}; split the data into several files");
            }

            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return [new NamedArray(Path.GetFileNameWithoutExtension(path), NpyReader.Read(bytes), path, IsNamed: false)];
        }

        // A zip file starts with an entry, or with the end of its directory where it has none.
        if (start.StartsWith("PK\u0003\u0004"u8) || start.StartsWith("PK\u0005\u0006"u8))
        {
            return [.. NpzReader.Read(stream).Select(a => new NamedArray(a.Name, a.Array, path, IsNamed: true))];
        }

        if (start.StartsWith("version https://git-lfs"u8))
        {
            throw QuantException.Error(Codes.GitLfsPointer, $"The data file '{path}' is a Git LFS pointer, not the data itself. Run 'git lfs pull' and build again.", model);
        }

        throw new InvalidDataException("it is neither an .npz nor an .npy file; write it with numpy.savez or numpy.save");
    }
}
