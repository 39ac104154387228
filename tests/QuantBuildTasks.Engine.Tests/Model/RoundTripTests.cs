using Google.Protobuf;
using QuantBuildTasks.Conformance.Models;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Tests.Model;

public sealed class RoundTripTests
{
    /// <summary>A tensor of each element type in its typed field, and the bytes that raw_data holds for it (ONNX IR specification, TensorProto).</summary>
    public static TheoryData<int, string, byte[]> TypedFields => new()
    {
        { (int)ElementType.Float32, "float_data: 1 -2", [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0] },
        { (int)ElementType.Complex64, "float_data: 1 -2 1 -2", [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0] },
        { (int)ElementType.Float64, "double_data: 1 -2", [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0] },
        { (int)ElementType.Int64, "int64_data: 1 -2", [1, 0, 0, 0, 0, 0, 0, 0, 0xFE, 255, 255, 255, 255, 255, 255, 255] },
        { (int)ElementType.UInt64, "uint64_data: 1 2", [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0] },
        { (int)ElementType.UInt32, "uint64_data: 1 4294967295", [1, 0, 0, 0, 255, 255, 255, 255] },
        { (int)ElementType.Int32, "int32_data: 1 -2", [1, 0, 0, 0, 0xFE, 255, 255, 255] },
        { (int)ElementType.Int16, "int32_data: 1 -2", [1, 0, 0xFE, 255] },
        { (int)ElementType.UInt16, "int32_data: 1 65535", [1, 0, 255, 255] },
        { (int)ElementType.Float16, "int32_data: 15360 49152", [0, 0x3C, 0, 0xC0] },
        { (int)ElementType.BFloat16, "int32_data: 16256 49152", [0x80, 0x3F, 0, 0xC0] },
        { (int)ElementType.Int8, "int32_data: 1 -2", [1, 0xFE] },
        { (int)ElementType.UInt8, "int32_data: 1 255", [1, 255] },
        { (int)ElementType.Bool, "int32_data: 1 0", [1, 0] },
        { (int)ElementType.Float8E4M3FN, "int32_data: 56 192", [56, 192] },
        { (int)ElementType.Float8E5M2FNUZ, "int32_data: 56 192", [56, 192] },
        { (int)ElementType.Int4, "int32_data: 225", [0xE1] },
        { (int)ElementType.UInt4, "int32_data: 225", [0xE1] },
        { (int)ElementType.Float4E2M1, "int32_data: 225", [0xE1] },
        { (int)ElementType.Int2, "int32_data: 9", [9] },
    };

    [Theory]
    [MemberData(nameof(TypedFields))]
    public void Typed_fields_of_a_tensor_become_its_bytes(int type, string field, byte[] expected)
    {
        TensorProto tensor = WithField(type, field);
        var model = new ModelProto { Graph = new GraphProto { Initializer = { tensor } } };

        OnnxModel read = ModelReader.Read(model.ToByteArray());

        Assert.Equal(expected, read.Graph.Initializers[0].Initializer!.Bytes.ToArray());
        TensorProto written = ModelProto.Parser.ParseFrom(ModelWriter.Write(read)).Graph.Initializer[0];
        Assert.Equal(expected, written.RawData.ToByteArray());
        Assert.Equal((tensor.DataType, tensor.Name), (written.DataType, written.Name));
        Assert.Equal(tensor.Dims, written.Dims);
    }

    [Fact]
    public void Raw_data_stays_as_it_is()
    {
        byte[] file = new ModelBuilder().Weight("w", 3, 5).Build() is var model ? ModelWriter.Write(model) : [];

        Assert.Equal(file, ModelWriter.Write(ModelReader.Read(file)));
    }

    [Fact]
    public void Strings_stay_though_they_are_not_UTF_8()
    {
        var tensor = new TensorProto { Name = "s", DataType = (int)ElementType.String, Dims = { 2 }, StringData = { ByteString.CopyFromUtf8("grün"), ByteString.CopyFrom(0xFF, 0xFE) } };

        OnnxModel read = ModelReader.Read(new ModelProto { Graph = new GraphProto { Initializer = { tensor } } }.ToByteArray());

        Assert.Equal("grün", read.Graph.Initializers[0].Initializer!.Strings![0]);
        Assert.Equal(tensor, ModelProto.Parser.ParseFrom(ModelWriter.Write(read)).Graph.Initializer[0]);
    }

    [Fact]
    public void Nothing_of_a_rich_file_is_lost()
    {
        ModelProto before = RichModel.Create();

        ModelProto after = ModelProto.Parser.ParseFrom(ModelWriter.Write(ModelReader.Read(before.ToByteArray())));

        Assert.Equal(JsonFormatter.Default.Format(before), JsonFormatter.Default.Format(after));
        Assert.Equal(before, after);
    }

    [Fact]
    public void Fields_of_newer_versions_stay()
    {
        // Field 99, length-delimited "new", behind a model, a graph, a node and a tensor: no version of the format has it.
        ByteString unknown = ByteString.CopyFrom([0x9A, 0x06, 3, (byte)'n', (byte)'e', (byte)'w']);
        var node = NodeProto.Parser.ParseFrom(new NodeProto { OpType = "Neg", Input = { "w" }, Output = { "y" } }.ToByteString().Concat(unknown).ToArray());
        var tensor = TensorProto.Parser.ParseFrom(new TensorProto { Name = "w", DataType = 1, RawData = ByteString.CopyFrom(0, 0, 0, 0) }.ToByteString().Concat(unknown).ToArray());
        var graph = GraphProto.Parser.ParseFrom(new GraphProto { Name = "g", Node = { node }, Initializer = { tensor } }.ToByteString().Concat(unknown).ToArray());
        var model = ModelProto.Parser.ParseFrom(new ModelProto { IrVersion = 8, Graph = graph }.ToByteString().Concat(unknown).ToArray());

        Assert.Equal(model, ModelProto.Parser.ParseFrom(ModelWriter.Write(ModelReader.Read(model.ToByteArray()))));
    }

    [Fact]
    public void The_same_model_gives_the_same_bytes_twice()
    {
        OnnxModel model = ModelReader.Read(RichModel.Create().ToByteArray());

        Assert.Equal(ModelWriter.Write(model), ModelWriter.Write(model));
    }

    [Fact]
    public void Annotations_follow_the_names_of_their_values()
    {
        OnnxModel model = ModelReader.Read(RichModel.Create().ToByteArray());
        Value annotated = model.Graph.Find("annotated")!;
        Assert.Equal(("SCALE_TENSOR", model.Graph.Find("w")), (annotated.Annotation!.Parameters[0].Key, annotated.Annotation.Parameters[0].Value));

        model.Graph.Rename(annotated, "renamed");
        model.Graph.Rename(model.Graph.Find("w")!, "scale");

        TensorAnnotation written = Assert.Single(ModelProto.Parser.ParseFrom(ModelWriter.Write(model)).Graph.QuantizationAnnotation);
        Assert.Equal("renamed", written.TensorName);
        Assert.Equal("scale", written.QuantParameterTensorNames[0].Value);
    }

    [Fact]
    public void Annotations_of_values_that_are_gone_are_not_written()
    {
        OnnxModel model = ModelReader.Read(RichModel.Create().ToByteArray());
        Node last = model.Graph.Find("annotated")!.Uses[0].Node;
        last.SetInput(0, model.Graph.Find("x"));
        Node producer = model.Graph.Find("annotated")!.Producer!;
        model.Graph.Remove(producer);
        model.Graph.Remove(model.Graph.Find("annotated")!);

        Assert.Empty(ModelProto.Parser.ParseFrom(ModelWriter.Write(model)).Graph.QuantizationAnnotation);
    }

    private static TensorProto WithField(int type, string field)
    {
        (string name, string[] numbers) = (field.Split(": ")[0], field.Split(": ")[1].Split(' '));
        var tensor = new TensorProto { Name = "t", DataType = type };
        switch (name)
        {
            case "float_data":
                tensor.FloatData.Add(numbers.Select(float.Parse));
                break;
            case "double_data":
                tensor.DoubleData.Add(numbers.Select(double.Parse));
                break;
            case "int64_data":
                tensor.Int64Data.Add(numbers.Select(long.Parse));
                break;
            case "uint64_data":
                tensor.Uint64Data.Add(numbers.Select(ulong.Parse));
                break;
            default:
                tensor.Int32Data.Add(numbers.Select(int.Parse));
                break;
        }

        int perEntry = (ElementType)type switch
        {
            ElementType.Int4 or ElementType.UInt4 or ElementType.Float4E2M1 => 2,
            ElementType.Int2 => 4,
            _ => 1,
        };
        tensor.Dims.Add((ElementType)type == ElementType.Complex64 ? numbers.Length / 2 : numbers.Length * perEntry);
        return tensor;
    }

    [Fact]
    public void Artifacts_carry_no_notes_of_exporters_but_the_models_own_metadata()
    {
        OnnxModel model = ModelReader.Read(RichModel.Create().ToByteArray());

        ModelProto artifact = ModelProto.Parser.ParseFrom(ModelWriter.WriteWithoutNotes(model));

        Assert.DoesNotContain("docString", JsonFormatter.Default.Format(artifact.Graph), StringComparison.Ordinal);
        Assert.DoesNotContain("metadataProps", JsonFormatter.Default.Format(artifact.Graph), StringComparison.Ordinal);
        Assert.Equal(RichModel.Create().MetadataProps, artifact.MetadataProps);
    }
}
