using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace FashionClassifier;

/// <summary>The test pictures: a NumPy .npz file with <c>image</c> (float32 [N, 1, 28, 28], normalized) and <c>labels</c> (int64 [N]).</summary>
internal sealed class Pictures
{
    public const int Side = 28;
    private readonly float[] _pixels;

    private Pictures(float[] pixels, int[] labels)
    {
        _pixels = pixels;
        Labels = labels;
    }

    public int Count => Labels.Length;

    /// <summary>The true classes.</summary>
    public int[] Labels { get; }

    /// <summary>The pixels of one picture, row by row.</summary>
    public float[] this[int index] => _pixels[(index * Side * Side)..((index + 1) * Side * Side)];

    public static Pictures Load(string path)
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        return new Pictures(Read<float>(archive, "image.npy"), [.. Read<long>(archive, "labels.npy").Select(l => (int)l)]);
    }

    /// <summary>The picture as text, two rows of pixels to a line because letters are twice as high as wide.</summary>
    public string Draw(int index)
    {
        const string Ink = " .:-=+*#%@";
        float[] picture = this[index];
        float low = picture.Min(), high = picture.Max();
        var text = new StringBuilder();
        for (int row = 0; row < Side; row += 2)
        {
            text.Append("    ");
            for (int column = 0; column < Side; column++)
            {
                float grey = (picture[(row * Side) + column] + picture[((row + 1) * Side) + column]) / 2;
                text.Append(Ink[(int)((grey - low) / (high - low) * (Ink.Length - 1))]);
            }

            text.AppendLine();
        }

        return text.ToString();
    }

    // An .npy file: 8 bytes of magic and version, the length of a text header as uint16, the header (which says what we know here), the numbers.
    private static T[] Read<T>(ZipArchive archive, string name)
        where T : unmanaged
    {
        using Stream stream = archive.GetEntry(name)!.Open();
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        ReadOnlySpan<byte> bytes = memory.ToArray();
        int header = BitConverter.ToUInt16(bytes[8..]);
        return MemoryMarshal.Cast<byte, T>(bytes[(10 + header)..]).ToArray();
    }
}
