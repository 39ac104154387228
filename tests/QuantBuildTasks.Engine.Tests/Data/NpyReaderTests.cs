using CsCheck;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Data;

public sealed class NpyReaderTests
{
    public static TheoryData<string, string, byte[]> Types => new()
    {
        { "|b1", nameof(ElementType.Bool), [1] },
        { "|i1", nameof(ElementType.Int8), [0xFF] },
        { "|u1", nameof(ElementType.UInt8), [0xFF] },
        { "<i2", nameof(ElementType.Int16), [1, 2] },
        { "<u2", nameof(ElementType.UInt16), [1, 2] },
        { "<i4", nameof(ElementType.Int32), [1, 2, 3, 4] },
        { "<u4", nameof(ElementType.UInt32), [1, 2, 3, 4] },
        { "<i8", nameof(ElementType.Int64), [1, 2, 3, 4, 5, 6, 7, 8] },
        { "<u8", nameof(ElementType.UInt64), [1, 2, 3, 4, 5, 6, 7, 8] },
        { "<f2", nameof(ElementType.Float16), [0, 0x3C] },
        { "<f4", nameof(ElementType.Float32), [0, 0, 0x80, 0x3F] },
        { "<f8", nameof(ElementType.Float64), [0, 0, 0, 0, 0, 0, 0xF0, 0x3F] },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void Each_little_endian_numeric_type_is_read(string descr, string type, byte[] element)
    {
        Tensor tensor = Read(NpyBytes.Of(NpyBytes.Header(descr, "(1,)"), element));

        Assert.Equal(type, tensor.Type.ToString());
        Assert.Equal([1L], tensor.Dims);
        Assert.Equal(element, tensor.Bytes.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Each_format_version_is_read(int version)
    {
        Tensor tensor = Read(NpyBytes.Of(NpyBytes.Header("<i2", "(2, 1)"), [1, 0, 2, 0], version));

        Assert.Equal([2L, 1L], tensor.Dims);
        Assert.Equal([(short)1, (short)2], tensor.Span<short>().ToArray());
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (), }                    ")]
    [InlineData("{\"shape\":(),\"descr\":\"<f4\",\"fortran_order\":False}")]
    [InlineData("{ 'fortran_order' : True , 'shape' : ( ) , 'descr' : '<f4' }")]
    public void Keys_may_stand_in_any_order_and_a_scalar_has_no_sizes(string header)
    {
        Tensor tensor = Read(NpyBytes.Of(header, [0, 0, 0x80, 0x3F]));

        Assert.Empty(tensor.Dims);
        Assert.Equal([1f], tensor.Span<float>().ToArray());
    }

    [Fact]
    public void Sizes_as_Python_2_wrote_them_are_read() =>
        Assert.Equal([2L], Read(NpyBytes.Of(NpyBytes.Header("|u1", "(2L,)"), [1, 2])).Dims);

    [Fact]
    public void Arrays_without_elements_are_read() =>
        Assert.Equal([0L, 3L], Read(NpyBytes.Of(NpyBytes.Header("<f4", "(0, 3)", fortran: true), [])).Dims);

    [Fact]
    public void Fortran_order_becomes_C_order()
    {
        // numpy.arange(24).reshape(2, 3, 4) saved with order F: the first index varies fastest.
        byte[] stored = [0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23];

        Tensor tensor = Read(NpyBytes.Of(NpyBytes.Header("|u1", "(2, 3, 4)", fortran: true), stored));

        Assert.Equal(Enumerable.Range(0, 24).Select(i => (byte)i), tensor.Span<byte>().ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Fortran_order_moves_whole_elements(int itemSize)
    {
        byte[] Element(byte value) => [.. Enumerable.Repeat(value, itemSize)];
        byte[] stored = [.. Element(1), .. Element(4), .. Element(2), .. Element(5), .. Element(3), .. Element(6)];

        byte[] result = InCOrder(stored, itemSize);

        Assert.Equal(Enumerable.Range(1, 6).SelectMany(i => Element((byte)i)), result);
    }

    [Theory]
    [InlineData(">f4", "big-endian")]
    [InlineData("|O", "dtype object")]
    [InlineData("<U5", "no numeric counterpart")]
    [InlineData("<c8", "no numeric counterpart")]
    [InlineData("<f16", "no numeric counterpart")]
    [InlineData("<M8[ns]", "no numeric counterpart")]
    public void Types_that_ONNX_has_not_say_so(string descr, string why) =>
        Assert.Contains(why, Refused(NpyBytes.Of(NpyBytes.Header(descr, "(1,)"), new byte[16])), StringComparison.Ordinal);

    [Fact]
    public void A_structured_type_says_so() =>
        Assert.Contains("structured", Refused(NpyBytes.Of("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", new byte[4])), StringComparison.Ordinal);

    [Theory]
    [InlineData("{'descr': '<f4', 'shape': (1,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'more': 1, }")]
    [InlineData("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1, }")]
    [InlineData("{'descr': '<f4")]
    [InlineData("{'descr': '', 'fortran_order': False, 'shape': (1,), }")]
    [InlineData("__import__('os')")]
    [InlineData("")]
    public void A_damaged_header_says_so(string header) =>
        Assert.Contains("damaged", Refused(NpyBytes.Of(header, new byte[4])), StringComparison.Ordinal);

    [Theory]
    [InlineData("(1000000000000,)")]
    [InlineData("(4294967296, 4294967296, 4294967296)")]
    [InlineData("(2,)")]
    public void Sizes_that_claim_more_than_the_file_holds_are_refused_before_memory_is_taken(string shape)
    {
        byte[] file = NpyBytes.Of(NpyBytes.Header("<f4", shape), new byte[4]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Contains("cut off", Refused(file), StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void A_header_that_claims_to_be_longer_than_the_file_is_refused() =>
        Assert.Contains("cut off", Refused(NpyBytes.Of(NpyBytes.Header("<f4", "(1,)"), new byte[4], version: 2, claimedHeaderLength: int.MaxValue)), StringComparison.Ordinal);

    [Fact]
    public void Bytes_behind_the_last_element_are_refused() =>
        Assert.Contains("1 bytes follow", Refused(NpyBytes.Of(NpyBytes.Header("|u1", "(1,)"), [1, 2])), StringComparison.Ordinal);

    [Fact]
    public void A_file_cut_off_anywhere_is_refused()
    {
        byte[] file = NpyBytes.Of(NpyBytes.Header("<f4", "(2,)"), new byte[8]);

        Assert.All(Enumerable.Range(0, file.Length), length => Assert.Throws<InvalidDataException>(() => Read(file.AsMemory(0, length))));
    }

    [Fact]
    public void Bytes_of_any_kind_are_read_or_refused_but_never_crash() =>
        Gen.Select(Gen.String[Gen.Char["{}()':, descrfotanhpTuFl<i48L1"], 0, 80], Gen.Byte.Array[0, 20]).Sample((header, data) =>
        {
            try
            {
                Read(NpyBytes.Of(header, data));
            }
            catch (InvalidDataException)
            {
                // What a damaged file must give.
            }
        });

    [Fact]
    public void What_the_writer_writes_is_read_again() =>
        Gen.Long[0, 5].Array[0, 4].Sample(dims =>
        {
            long count = dims.Aggregate(1L, (a, b) => a * b);
            Tensor tensor = Tensor.Of(Enumerable.Range(0, (int)count).Select(i => (float)i).ToArray(), dims);
            using var stream = new MemoryStream();

            NpyWriter.Write(stream, tensor);
            Tensor read = Read(stream.ToArray());

            Assert.Equal(dims, read.Dims);
            Assert.Equal(tensor.Bytes.ToArray(), read.Bytes.ToArray());
            Assert.Equal(0, (stream.Length - tensor.Bytes.Length) % 64);
        });

    private static Tensor Read(ReadOnlyMemory<byte> file)
    {
        using var files = new OpenFiles();
        var store = new MemoryStore(file);
        return NpyReader.Read(store, 0, store.Length, files).ToTensor();
    }

    private static byte[] InCOrder(byte[] stored, int itemSize)
    {
        using var target = new MemoryStream();
        FortranOrder.WriteC(stored, [2, 3], itemSize, target);
        return target.ToArray();
    }

    private static string Refused(byte[] file) => Assert.Throws<InvalidDataException>(() => Read(file)).Message;
}
