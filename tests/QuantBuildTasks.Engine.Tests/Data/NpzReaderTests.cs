using System.IO.Compression;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Data;

public sealed class NpzReaderTests
{
    [Theory]
    [InlineData("", 0x00000000u)]
    [InlineData("123456789", 0xCBF43926u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x414FA339u)]
    public void The_checksum_has_its_published_values(string text, uint expected) =>
        Assert.Equal(expected, Crc32.Of(System.Text.Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData(CompressionLevel.NoCompression)]
    [InlineData(CompressionLevel.Optimal)]
    public void Stored_and_deflated_entries_are_read(CompressionLevel compression)
    {
        byte[] file = Npz(compression, ("x", Tensor.Vector(1f, 2f)), ("a/b.c", Tensor.Scalar(3L)));

        (string Name, Tensor Array)[] arrays = Read(file);

        Assert.Equal(["x", "a/b.c"], arrays.Select(a => a.Name));
        Assert.Equal([1f, 2f], arrays[0].Array.Span<float>().ToArray());
        Assert.Equal([3L], arrays[1].Array.Span<long>().ToArray());
    }

    [Fact]
    public void The_same_arrays_give_the_same_file() =>
        Assert.Equal(Npz(CompressionLevel.Optimal, ("x", Tensor.Vector(1f))), Npz(CompressionLevel.Optimal, ("x", Tensor.Vector(1f))));

    [Fact]
    public void A_file_as_Python_writes_it_with_zip64_fields_is_read()
    {
        // numpy.savez opens entries with force_zip64: the local header then has a zip64 field, and sizes of all ones.
        byte[] array = NpyBytes.Of(NpyBytes.Header("|u1", "(3,)"), [7, 8, 9]);
        byte[] crc = BitConverter.GetBytes(Crc32.Of(array));
        byte[] size32 = BitConverter.GetBytes((uint)array.Length);
        byte[] size64 = BitConverter.GetBytes((long)array.Length);
        byte[] name = "x.npy"u8.ToArray();
        byte[] common = [45, 0, 0, 0, 0, 0, 0, 0, 0x21, 0, .. crc];
        byte[] local =
        [
            (byte)'P', (byte)'K', 3, 4, .. common, 255, 255, 255, 255, 255, 255, 255, 255, 5, 0, 20, 0, .. name,
            1, 0, 16, 0, .. size64, .. size64, .. array,
        ];
        byte[] central =
        [
            (byte)'P', (byte)'K', 1, 2, 45, 3, .. common, .. size32, .. size32, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. name,
        ];
        byte[] end =
        [
            (byte)'P', (byte)'K', 5, 6, 0, 0, 0, 0, 1, 0, 1, 0, .. BitConverter.GetBytes(central.Length), .. BitConverter.GetBytes(local.Length), 0, 0,
        ];

        (string Name, Tensor Array) only = Assert.Single(Read([.. local, .. central, .. end]));

        Assert.Equal("x", only.Name);
        Assert.Equal([(byte)7, (byte)8, (byte)9], only.Array.Span<byte>().ToArray());
    }

    [Fact]
    public void A_flipped_bit_in_a_stored_entry_is_noticed()
    {
        byte[] file = Npz(CompressionLevel.NoCompression, ("weights", Tensor.Vector(1f, 2f)));
        int at = file.AsSpan().IndexOf("fortran_order"u8) + 100;
        file[at] ^= 1;

        Assert.Contains("'weights'", Assert.Throws<InvalidDataException>(() => Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_that_claims_more_than_deflate_can_give_is_refused_before_memory_is_taken()
    {
        byte[] file = Npz(CompressionLevel.Optimal, ("x", Tensor.Vector(1f)));
        int central = file.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BitConverter.GetBytes(0x7F000000u).CopyTo(file, central + 24);
        long before = GC.GetAllocatedBytesForCurrentThread();

        string message = Assert.Throws<InvalidDataException>(() => Read(file)).Message;

        Assert.Contains("claims 2130706432 bytes", message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Entries_that_share_bytes_are_refused_before_memory_is_taken()
    {
        // Two directory entries that point at one stretch of deflated bytes: each may be honest, both cannot be.
        byte[] file = Npz(CompressionLevel.Optimal, ("a", Tensor.Of(new float[100_000], 100_000)), ("b", Tensor.Scalar(1f)));
        int first = file.AsSpan().IndexOf("PK\u0001\u0002"u8);
        int second = file.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        byte[] size = BitConverter.GetBytes(file.Length - 10);
        size.CopyTo(file, first + 20);
        size.CopyTo(file, second + 20);

        Assert.Contains("claim more than", Assert.Throws<InvalidDataException>(() => Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_that_are_no_arrays_or_stand_twice_are_refused()
    {
        using var other = new MemoryStream();
        using (var zip = new ZipArchive(other, ZipArchiveMode.Create, leaveOpen: true))
        {
            zip.CreateEntry("readme.txt");
        }

        byte[] twice = Npz(CompressionLevel.Optimal, ("x", Tensor.Vector(1f)), ("x", Tensor.Vector(2f)));

        Assert.Contains("'readme.txt'", Assert.Throws<InvalidDataException>(() => Read(other.ToArray())).Message, StringComparison.Ordinal);
        Assert.Contains("'x' twice", Assert.Throws<InvalidDataException>(() => Read(twice)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_refused()
    {
        byte[] file = Npz(CompressionLevel.Optimal, ("x", Tensor.Vector(1f, 2f, 3f)));

        Assert.All(Enumerable.Range(4, file.Length - 5), length =>
            Assert.Throws<InvalidDataException>(() => Read(file[..length])));
    }

    private static (string Name, Tensor Array)[] Read(byte[] file)
    {
        using var files = new OpenFiles();
        return [.. NpzReader.Read(new MemoryStore(file), files).Select(a => (a.Name, a.Array.ToTensor()))];
    }

    private static byte[] Npz(CompressionLevel compression, params (string Name, Tensor Array)[] arrays)
    {
        using var stream = new MemoryStream();
        NpzWriter.Write(stream, arrays.Select(a => KeyValuePair.Create(a.Name, a.Array)), compression);
        return stream.ToArray();
    }
}
