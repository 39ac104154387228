using System.Globalization;
using System.Security.Cryptography;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.ExternalData;

/// <summary>The files beside a model that hold tensors' data (ONNX, "External Data"). Only what lies in the model's folder is read.</summary>
/// <param name="folder">Where the model lies.</param>
/// <param name="weights">Maps them, and owns the mappings.</param>
internal sealed class ExternalFiles(string folder, WeightFiles weights) : ITensorFiles
{
    private const int MostLinks = 8;

    private readonly string _folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
    private readonly SortedSet<string> _paths = new(StringComparer.Ordinal);

    /// <summary>Absolute paths of the files that were read from, in ordinal order; links are followed.</summary>
    public IReadOnlyCollection<string> Paths => _paths;

    /// <summary>Bytes of all tensors that were read, those in the same place counted again.</summary>
    public long Bytes { get; private set; }

    /// <summary>What paths inside the folder begin with; a root ends with the separator already.</summary>
    private string Inside => Path.EndsInDirectorySeparator(_folder) ? _folder : _folder + Path.DirectorySeparatorChar;

    /// <summary>The data of a tensor.</summary>
    /// <param name="tensor">Its message, which names the file.</param>
    /// <param name="expected">Bytes that its type and sizes need.</param>
    /// <exception cref="ExternalDataException">Missing, outside the folder, too short, or not what the checksum says.</exception>
    public ReadOnlyMemory<byte> Read(TensorProto tensor, long expected)
    {
        string location = Entry(tensor, "location") ?? throw Refuse(tensor, "external_data has no location");
        long offset = Number(tensor, "offset") ?? 0;
        long length = Number(tensor, "length") ?? expected;
        if (length != expected)
        {
            throw Refuse(tensor, $"external_data states {length} bytes, but type and sizes need {expected}");
        }

        if (expected > int.MaxValue)
        {
            throw Refuse(tensor, $"{expected} bytes are more than one tensor may have (2 GiB)");
        }

        string path = Locate(tensor, location);
        if (expected == 0)
        {
            return default;
        }

        MappedFile file = Open(tensor, path, location);
        _paths.Add(path);
        Bytes += expected;
        if (offset > file.Length - expected)
        {
            throw Refuse(tensor, $"'{location}' has {file.Length} bytes, too few for {expected} from {offset} on");
        }

        ReadOnlyMemory<byte> bytes = file.Slice(offset, (int)expected);
        if (Entry(tensor, "checksum") is { } checksum && !IsSha1Of(checksum, bytes.Span))
        {
            throw Refuse(tensor, $"the bytes in '{location}' do not have the SHA-1 that the model states");
        }

        return bytes;
    }

    /// <summary>Backslashes separate as slashes do: a file written on Windows is to mean the same, and none is to escape, on any system.</summary>
    private string Locate(TensorProto tensor, string location)
    {
        string[] segments = location.Split('/', '\\');
        if (location.AsSpan().ContainsAny(':', '\0') || segments[0].Length == 0 || segments.Contains(".."))
        {
            throw Refuse(tensor, $"'{location}' is not a path inside the model's folder");
        }

        return Follow(tensor, Path.Combine([_folder, .. segments]), MostLinks);
    }

    /// <summary>Links are followed as long as they stay inside the folder.</summary>
    private string Follow(TensorProto tensor, string path, int linksLeft)
    {
        string current = _folder;
        string[] segments = path[Inside.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < segments.Length; i++)
        {
            current = Path.Combine(current, segments[i]);
            if (new FileInfo(current).LinkTarget is { } target)
            {
                string full = Path.GetFullPath(Path.Combine([Path.GetDirectoryName(current)!, target, .. segments[(i + 1)..]]));
                return linksLeft > 0 && full.StartsWith(Inside, StringComparison.Ordinal)
                    ? Follow(tensor, full, linksLeft - 1)
                    : throw Refuse(tensor, $"the link '{segments[i]}' leads outside the model's folder");
            }
        }

        return current;
    }

    private MappedFile Open(TensorProto tensor, string path, string location)
    {
        try
        {
            var info = new FileInfo(path);
            if (!info.Exists || info.Length == 0)
            {
                throw Refuse(tensor, $"there is no file '{location}' beside the model, or it is empty");
            }

            MappedFile mapped = weights.Open(path);
            GitLfs.RefusePointer(mapped.Slice(0, (int)Math.Min(64, mapped.Length)).Span, $"The file '{location}' with the data of tensor '{tensor.Name}'", null);
            return mapped;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refuse(tensor, $"'{location}' cannot be opened: {e.Message}", e);
        }
    }

    private static long? Number(TensorProto tensor, string key) => Entry(tensor, key) switch
    {
        null => null,
        { } text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) => number,
        { } text => throw Refuse(tensor, $"external_data has {key} '{text}', which is no number of bytes"),
    };

    private static string? Entry(TensorProto tensor, string key) => tensor.ExternalData.LastOrDefault(e => e.Key == key)?.Value;

    /// <summary>The format asks for SHA-1: it finds damage, and proves nothing about who wrote the file.</summary>
#pragma warning disable CA5350
    private static bool IsSha1Of(string checksum, ReadOnlySpan<byte> bytes) =>
        Convert.ToHexString(SHA1.HashData(bytes)).Equals(checksum, StringComparison.OrdinalIgnoreCase);
#pragma warning restore CA5350

    private static ExternalDataException Refuse(TensorProto tensor, string why, Exception? inner = null) => new($"The data of tensor '{tensor.Name}' cannot be read: {why}.", inner);
}
