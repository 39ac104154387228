using System.Buffers.Binary;
using System.Text;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data;

/// <summary>Writes one array in NumPy's .npy format, version 1.0, in C order.</summary>
internal static class NpyWriter
{
    // The elements start on a multiple of this, so that the file can be mapped.
    private const int Alignment = 64;

    /// <exception cref="NotSupportedException">NumPy has no such element type.</exception>
    public static void Write(Stream stream, Tensor array)
    {
        string descr = NpyHeader.Describe(array.Type) ?? throw new NotSupportedException($"NumPy has no counterpart of {array.Type}.");
        string shape = array.Rank == 1 ? $"({array.Dims[0]},)" : $"({string.Join(", ", array.Dims)})";
        string text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}";
        int before = NpyHeader.Magic.Length + 4;
        int total = (before + text.Length + 1 + Alignment - 1) / Alignment * Alignment;

        byte[] header = new byte[total];
        NpyHeader.Magic.CopyTo(header);
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), checked((ushort)(total - before)));
        header.AsSpan(before).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, header.AsSpan(before));
        header[^1] = (byte)'\n';
        stream.Write(header);
        stream.Write(array.Bytes.Span);
    }
}
