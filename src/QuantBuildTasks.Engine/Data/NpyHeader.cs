using System.Buffers.Binary;
using System.Text;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data;

/// <summary>
/// What an .npy file says about its array: magic bytes, version, the length of a text, and the text itself, a Python dictionary with the keys
/// <c>descr</c>, <c>fortran_order</c> and <c>shape</c> (NumPy's format versions 1.0, 2.0 and 3.0).
/// </summary>
/// <param name="Type">Element type.</param>
/// <param name="FortranOrder">Whether the first dimension varies fastest.</param>
/// <param name="Dims">Sizes, outermost first; empty for a scalar.</param>
/// <param name="DataOffset">Where the elements start, in bytes from the start of the file.</param>
internal sealed record NpyHeader(ElementType Type, bool FortranOrder, IReadOnlyList<long> Dims, int DataOffset)
{
    private const int MaxTextLength = 1 << 20;

    public static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads the header at the start of <paramref name="file"/>.</summary>
    /// <exception cref="InvalidDataException">It is no header, is cut off, or describes elements that ONNX does not have. The message is a clause for the user.</exception>
    public static NpyHeader Read(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith(Magic))
        {
            throw new InvalidDataException("it does not start like an .npy array");
        }

        if (file.Length < Magic.Length + 2)
        {
            throw CutOff();
        }

        int major = file[Magic.Length];
        int lengthBytes = major switch
        {
            1 => 2,
            2 or 3 => 4,
            _ => throw new InvalidDataException($"its format version {major}.{file[Magic.Length + 1]} is not known; save it again with numpy.save"),
        };
        int textStart = Magic.Length + 2 + lengthBytes;
        if (file.Length < textStart)
        {
            throw CutOff();
        }

        ReadOnlySpan<byte> lengthField = file.Slice(Magic.Length + 2, lengthBytes);
        uint textLength = lengthBytes == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(lengthField) : BinaryPrimitives.ReadUInt32LittleEndian(lengthField);
        if (textLength > file.Length - textStart)
        {
            throw CutOff();
        }

        if (textLength > MaxTextLength)
        {
            throw new InvalidDataException($"its header claims {textLength} bytes, which no plain array needs");
        }

        Encoding encoding = major == 3 ? Encoding.UTF8 : Encoding.Latin1;
        (string descr, bool fortranOrder, List<long> dims) = NpyHeaderText.Parse(encoding.GetString(file.Slice(textStart, (int)textLength)));
        return new NpyHeader(TypeOf(descr), fortranOrder, dims, textStart + (int)textLength);
    }

    /// <summary>NumPy's name of an element type, such as <c>&lt;f4</c>; null where NumPy has none.</summary>
    public static string? Describe(ElementType type) => type switch
    {
        ElementType.Bool => "|b1",
        ElementType.Int8 => "|i1",
        ElementType.UInt8 => "|u1",
        ElementType.Int16 => "<i2",
        ElementType.UInt16 => "<u2",
        ElementType.Int32 => "<i4",
        ElementType.UInt32 => "<u4",
        ElementType.Int64 => "<i8",
        ElementType.UInt64 => "<u8",
        ElementType.Float16 => "<f2",
        ElementType.Float32 => "<f4",
        ElementType.Float64 => "<f8",
        _ => null,
    };

    private static ElementType TypeOf(string descr)
    {
        string kind = descr.TrimStart('<', '>', '|', '=');
        ElementType type = kind switch
        {
            "b1" => ElementType.Bool,
            "i1" => ElementType.Int8,
            "i2" => ElementType.Int16,
            "i4" => ElementType.Int32,
            "i8" => ElementType.Int64,
            "u1" => ElementType.UInt8,
            "u2" => ElementType.UInt16,
            "u4" => ElementType.UInt32,
            "u8" => ElementType.UInt64,
            "f2" => ElementType.Float16,
            "f4" => ElementType.Float32,
            "f8" => ElementType.Float64,
            _ when kind.StartsWith('O') => throw new InvalidDataException("it holds Python objects (dtype object), which only Python can read; save a numeric array, for example x.astype('float32')"),
            _ => throw new InvalidDataException($"its dtype '{descr}' has no numeric counterpart in ONNX; save it as integers, float16, float32 or float64"),
        };
        return descr[0] == '>' && type.BitWidth() > 8
            ? throw new InvalidDataException($"its dtype '{descr}' is big-endian; save it as little-endian, for example x.astype('<{kind}')")
            : type;
    }

    private static InvalidDataException CutOff() => new("it is cut off in its header");
}
