using CsCheck;
using Google.Protobuf;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Tests.Model;

public sealed class HostileFileTests
{
    [Fact]
    public void Every_truncation_is_read_or_refused_with_a_code()
    {
        byte[] file = RichModel.Create().ToByteArray();
        for (int length = 0; length < file.Length; length++)
        {
            ReadOrRefuse(file[..length]);
        }
    }

    [Fact]
    public void Every_flipped_bit_is_read_or_refused_with_a_code()
    {
        byte[] file = ModelWriter.Write(new ModelBuilder().Input("x", "N", 2).Weight("w", 2).Node("Add", "x w -> a").Node("Concat", "a x -> y", ("axis", 1)).Output("y").Build());
        for (int bit = 0; bit < file.Length * 8; bit++)
        {
            ReadOrRefuse(Flip(file, bit));
        }
    }

    [Fact]
    public void A_flipped_bit_in_each_byte_of_a_rich_file_is_read_or_refused_with_a_code()
    {
        byte[] file = RichModel.Create().ToByteArray();
        for (int i = 0; i < file.Length; i++)
        {
            ReadOrRefuse(Flip(file, (8 * i) + (i % 8)));
        }
    }

    [Fact]
    public void Random_bytes_are_read_or_refused_with_a_code()
    {
        Gen.Byte.Array[0, 200].Sample(bytes => _ = ReadOrRefuse(bytes), iter: 500);
    }

    [Fact]
    public void Graphs_nested_without_end_are_refused_before_the_stack_is_full()
    {
        // Written by hand from the inside out: Google.Protobuf would itself recurse on the way.
        byte[] graph = [];
        for (int depth = 0; depth < 10_000; depth++)
        {
            byte[] attribute = [.. Field(1, "body"u8.ToArray()), .. Field(6, graph), 0xA0, 0x01, 5];
            byte[] node = [.. Field(4, "If"u8.ToArray()), .. Field(5, attribute)];
            graph = Field(1, node);
        }

        Assert.Equal(Codes.ModelUnreadable, Refusal(Field(7, graph)).Code);
    }

    [Theory]
    [InlineData(-1L, 4L)]
    [InlineData(1L << 62, 8L)]
    [InlineData(1_000_000L, 1_000_000L)]
    public void Sizes_that_do_not_fit_the_data_are_damage(long rows, long columns)
    {
        var tensor = new TensorProto { Name = "w", DataType = 1, Dims = { rows, columns }, RawData = ByteString.CopyFrom(new byte[16]) };

        Assert.Equal(Codes.ModelUnreadable, Refusal(WithInitializer(tensor)).Code);
    }

    [Theory]
    [InlineData(-1L)]
    [InlineData(long.MinValue)]
    public void A_negative_size_of_an_input_is_an_unknown_one(long size)
    {
        var dims = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimValue = size }, new TensorShapeProto.Types.Dimension { DimValue = 0 } } };
        var info = new ValueInfoProto { Name = "x", Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = 1, Shape = dims } } };
        var model = new ModelProto { IrVersion = 8, Graph = new GraphProto { Name = "g", Input = { info } } };

        Shape shape = ModelReader.Read(model.ToByteArray()).Graph.Inputs[0].Shape!;

        Assert.Equal(default, shape[0]);
        Assert.Equal(0L, shape[1].Value);
    }

    [Fact]
    public void A_Git_LFS_pointer_says_what_to_run()
    {
        Diagnostic refusal = Refusal("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"u8.ToArray());

        Assert.Equal(Codes.GitLfsPointer, refusal.Code);
        Assert.Contains("git lfs pull", refusal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void External_data_is_not_supported_yet()
    {
        var tensor = new TensorProto { Name = "w", DataType = 1, Dims = { 4 }, DataLocation = TensorProto.Types.DataLocation.External, ExternalData = { new StringStringEntryProto { Key = "location", Value = "../w.bin" } } };

        Assert.Equal(Codes.ModelUnsupported, Refusal(WithInitializer(tensor)).Code);
    }

    [Fact]
    public void An_element_type_of_the_future_is_not_supported()
    {
        var tensor = new TensorProto { Name = "w", DataType = 99, Dims = { 4 }, RawData = ByteString.CopyFrom(1, 2, 3, 4) };

        Assert.Equal(Codes.ModelUnsupported, Refusal(WithInitializer(tensor)).Code);
    }

    [Fact]
    public void A_name_that_is_defined_nowhere_is_damage_and_named() =>
        Assert.Contains("'ghost'", Refusal(WithNodes(new NodeProto { OpType = "Neg", Input = { "ghost" }, Output = { "y" } })).Text, StringComparison.Ordinal);

    [Fact]
    public void A_name_that_is_defined_twice_is_damage_and_both_are_named()
    {
        Diagnostic refusal = Refusal(WithNodes(new NodeProto { OpType = "A", Output = { "y" } }, new NodeProto { Name = "second", OpType = "B", Output = { "y" } }));

        Assert.Equal(Codes.ModelUnreadable, refusal.Code);
        Assert.Contains("'y'", refusal.Text, StringComparison.Ordinal);
        Assert.Contains("'second'", refusal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_of_an_attribute_that_lacks_data_names_node_and_attribute()
    {
        var value = new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = new TensorProto { DataType = 1, Dims = { 4 } } };

        Diagnostic refusal = Refusal(WithNodes(new NodeProto { Name = "n", OpType = "Constant", Output = { "y" }, Attribute = { value } }));

        Assert.Contains("'n'", refusal.Text, StringComparison.Ordinal);
        Assert.Contains("'value'", refusal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cycle_is_damage_and_a_node_on_it_is_named() =>
        Assert.Contains("cycle: node 'first'", Refusal(WithNodes(new NodeProto { Name = "first", OpType = "A", Input = { "b" }, Output = { "a" } }, new NodeProto { OpType = "B", Input = { "a" }, Output = { "b" } })).Text, StringComparison.Ordinal);

    [Fact]
    public void A_missing_file_has_its_own_code()
    {
        QuantException error = Assert.Throws<QuantException>(() => ModelReader.ReadFile(Path.Combine(Path.GetTempPath(), "no such folder", "model.onnx")));

        Assert.Equal(Codes.ModelNotFound, error.Diagnostic.Code);
    }

    private static Diagnostic Refusal(byte[] file)
    {
        QuantException error = Assert.Throws<QuantException>(() => ModelReader.Read(file, "m.onnx"));
        Assert.Equal("m.onnx", error.Diagnostic.File);
        return error.Diagnostic;
    }

    private static byte[] Flip(byte[] file, int bit)
    {
        byte[] flipped = [.. file];
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }

    private static Diagnostic? ReadOrRefuse(byte[] file)
    {
        try
        {
            ModelWriter.Write(ModelReader.Read(file));
            return null;
        }
        catch (QuantException e)
        {
            return e.Diagnostic;
        }
    }

    private static byte[] WithInitializer(TensorProto tensor) => new ModelProto { Graph = new GraphProto { Initializer = { tensor } } }.ToByteArray();

    private static byte[] WithNodes(params NodeProto[] nodes) => new ModelProto { Graph = new GraphProto { Node = { nodes } } }.ToByteArray();

    /// <summary>A length-delimited field of the wire format.</summary>
    private static byte[] Field(int number, byte[] content)
    {
        var header = new List<byte> { (byte)((number << 3) | 2) };
        uint length = (uint)content.Length;
        for (; length > 0x7F; length >>= 7)
        {
            header.Add((byte)(length | 0x80));
        }

        header.Add((byte)length);
        return [.. header, .. content];
    }
}
