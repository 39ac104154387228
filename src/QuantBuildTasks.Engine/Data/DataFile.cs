using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Data;

/// <summary>An array as a file gives it.</summary>
/// <param name="Name">Its name in the .npz; for an .npy the file's name without extension.</param>
/// <param name="Array">The elements, which stay where the file or what was unpacked from it lies.</param>
/// <param name="File">The file, for messages.</param>
/// <param name="IsNamed">False for an .npy, whose file name need not say what it is.</param>
internal sealed record NamedArray(string Name, StoredArray Array, string File, bool IsNamed);

/// <summary>Reads files with calibration or validation data. What a file is shows in its first bytes, not in its name.</summary>
internal static class DataFile
{
    /// <summary>All arrays of a file, in file order.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="model">The model that the data are for, as the user wrote it.</param>
    /// <param name="files">Holds open what the arrays lie in.</param>
    /// <exception cref="QuantException">QBT1003, QBT1010 or QBT1011.</exception>
    public static IReadOnlyList<NamedArray> Read(string path, string model, OpenFiles files)
    {
        try
        {
            return Read(files.OpenFile(path), path, model, files);
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

    private static IReadOnlyList<NamedArray> Read(ByteStore store, string path, string model, OpenFiles files)
    {
        ReadOnlySpan<byte> start = store.Slice(0, (int)Math.Min(store.Length, 32)).Span;
        if (start.StartsWith(NpyHeader.Magic))
        {
            return [new NamedArray(Path.GetFileNameWithoutExtension(path), NpyReader.Read(store, 0, store.Length, files), path, IsNamed: false)];
        }

        // A zip file starts with an entry, or with the end of its directory where it has none.
        if (start.StartsWith("PK\u0003\u0004"u8) || start.StartsWith("PK\u0005\u0006"u8))
        {
            return [.. NpzReader.Read(store, files).Select(a => new NamedArray(a.Name, a.Array, path, IsNamed: true))];
        }

        GitLfs.RefusePointer(start, $"The data file '{path}'", model);
        throw new InvalidDataException("it is neither an .npz nor an .npy file; write it with numpy.savez or numpy.save");
    }
}
