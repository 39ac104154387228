using Google.Protobuf;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Tests.Model;

/// <summary>What an element type, a tensor's form and a value's type mean for whoever works on the objects.</summary>
public sealed class OnnxTypeTests
{
    /// <summary>Numbers and widths of TensorProto.DataType as onnx.proto and the IR specification state them, written here once more.</summary>
    public static TheoryData<int, int> Bits => new()
    {
        { 1, 32 }, { 2, 8 }, { 3, 8 }, { 4, 16 }, { 5, 16 }, { 6, 32 }, { 7, 64 }, { 9, 8 }, { 10, 16 }, { 11, 64 }, { 12, 32 }, { 13, 64 }, { 14, 64 }, { 15, 128 }, { 16, 16 },
        { 17, 8 }, { 18, 8 }, { 19, 8 }, { 20, 8 }, { 21, 4 }, { 22, 4 }, { 23, 4 }, { 24, 8 }, { 25, 2 }, { 26, 2 },
    };

    [Theory]
    [MemberData(nameof(Bits))]
    public void Five_elements_of_each_type_take_the_bytes_that_they_need_and_stay(int type, int bits)
    {
        byte[] bytes = [.. Enumerable.Range(1, ((5 * bits) + 7) / 8).Select(i => (byte)i)];
        var tensor = new TensorProto { Name = "t", DataType = type, Dims = { 5 }, RawData = ByteString.CopyFrom(bytes) };

        OnnxModel model = ModelReader.Read(File(new GraphProto { Name = "g", Initializer = { tensor } }));

        Tensor read = model.Graph.Initializers[0].Initializer!;
        Assert.Equal((type, 5L), ((int)read.Type, read.Length));
        Assert.True(Enum.IsDefined(read.Type));
        Assert.Equal(bytes, read.Bytes.ToArray());
        Assert.Equal(tensor, Written(model).Initializer[0]);
    }

    [Theory]
    [MemberData(nameof(Bits))]
    public void A_byte_too_few_or_too_many_is_refused(int type, int bits)
    {
        int right = ((5 * bits) + 7) / 8;
        foreach (int count in new[] { right - 1, right + 1 })
        {
            var tensor = new TensorProto { Name = "t", DataType = type, Dims = { 5 }, RawData = ByteString.CopyFrom(new byte[count]) };
            Assert.Throws<QuantException>(() => ModelReader.Read(File(new GraphProto { Name = "g", Initializer = { tensor } })));
        }
    }

    public static TheoryData<string> Kinds => [.. Types.Keys];

    private static readonly Dictionary<string, (TypeProto Proto, OnnxType Type)> Types = new()
    {
        ["tensor"] = (Dense(1), new TensorType(ElementType.Float32, new Shape("n", 3))),
        ["sparse"] = (
            new TypeProto { SparseTensorType = new TypeProto.Types.SparseTensor { ElemType = 11, Shape = Sizes() } },
            new SparseTensorType(ElementType.Float64, new Shape("n", 3))),
        ["sequence"] = (
            new TypeProto { SequenceType = new TypeProto.Types.Sequence { ElemType = Dense(8) } },
            new SequenceType(new TensorType(ElementType.String, new Shape("n", 3)))),
        ["optional sequence"] = (
            new TypeProto { OptionalType = new TypeProto.Types.Optional { ElemType = new TypeProto { SequenceType = new TypeProto.Types.Sequence { ElemType = Dense(23) } } } },
            new OptionalType(new SequenceType(new TensorType(ElementType.Float4E2M1, new Shape("n", 3))))),
        ["map"] = (
            new TypeProto { MapType = new TypeProto.Types.Map { KeyType = 7, ValueType = Dense(1) } },
            new MapType(ElementType.Int64, new TensorType(ElementType.Float32, new Shape("n", 3)))),
        ["sequence of anything"] = (new TypeProto { SequenceType = new TypeProto.Types.Sequence() }, new SequenceType(null)),
        ["opaque"] = (new TypeProto { OpaqueType = new TypeProto.Types.Opaque { Domain = "d", Name = "n" } }, new OpaqueType("d", "n")),
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_type_of_a_value_tells_what_it_is_and_stays(string kind)
    {
        (TypeProto proto, OnnxType type) = Types[kind];
        var info = new ValueInfoProto { Name = "v", Type = proto };

        OnnxModel model = ModelReader.Read(File(new GraphProto { Name = "g", Input = { info } }));

        Value value = model.Graph.Inputs[0];
        Assert.Equal(type, value.DeclaredType);
        Assert.Equal(type is TensorType tensor ? tensor.Element : ElementType.Undefined, value.Type);
        Assert.Equal(info, Written(model).Input[0]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_type_that_a_pass_gives_is_written(string kind)
    {
        (TypeProto proto, OnnxType type) = Types[kind];
        var graph = new Graph("g");
        Value value = graph.AddInput("v", ElementType.Undefined, null);
        value.OtherType = type;

        Assert.Equal(proto, Written(new OnnxModel(graph)).Input[0].Type);
    }

    [Fact]
    public void Types_and_sparse_tensors_in_attributes_are_objects()
    {
        Node node = ModelReader.Read(RichModel.Create().ToByteArray()).Graph.Nodes[0];

        Assert.Equal(new TensorType(ElementType.Int64, new Shape(1)), node.Attribute("tp")!.Value);
        Assert.Equal(new SequenceType(new TensorType(ElementType.String, new Shape())), Assert.IsType<OnnxType[]>(node.Attribute("tps")!.Value)[1]);
        Assert.Equal([4L], Assert.IsType<SparseTensor>(node.Attribute("sp")!.Value).Dims);
        Assert.Equal([2L], Assert.IsType<SparseTensor[]>(node.Attribute("sps")!.Value)[0].Indices!.Span<long>().ToArray());
    }

    [Fact]
    public void A_sparse_initializer_defines_a_name_that_can_change_and_go()
    {
        OnnxModel model = ModelReader.Read(RichModel.Create().ToByteArray());
        Value sparse = Assert.Single(model.Graph.SparseInitializers);

        Assert.Equal(("sparse", true, null), (sparse.Name, sparse.IsStored, sparse.Constant));
        Assert.Equal("[5]", sparse.Shape!.ToString());
        Assert.Equal([3L], sparse.SparseInitializer!.Indices!.Span<long>().ToArray());

        model.Graph.Rename(sparse, "weights");
        Assert.Equal("weights", Written(model).SparseInitializer[0].Values.Name);
        Assert.Contains("weights", Written(model).Node[0].Input);

        sparse.Uses[0].Node.SetInput(2, null);
        model.Graph.Remove(sparse);
        Assert.Empty(Written(model).SparseInitializer);
    }

    [Fact]
    public void Dense_data_take_the_place_of_sparse_data_and_the_other_way_round()
    {
        var graph = new Graph("g");
        Value value = graph.AddInitializer("w", Tensor.Vector(1f, 0f));

        graph.SetSparseInitializer(value, new SparseTensor(Tensor.Vector(1f), Tensor.Vector(0L), [2]));
        Assert.Equal((0, 1), (graph.Initializers.Count, graph.SparseInitializers.Count));

        graph.SetInitializer(value, Tensor.Vector(2f, 0f));
        Assert.Equal((1, 0), (graph.Initializers.Count, graph.SparseInitializers.Count));
        Assert.Null(value.SparseInitializer);
    }

    [Fact]
    public void A_sparse_default_of_an_input_is_its_initializer()
    {
        var sparse = new SparseTensorProto { Values = new TensorProto { Name = "w", DataType = 1, Dims = { 1 }, RawData = ByteString.CopyFrom(new byte[4]) }, Indices = new TensorProto { DataType = 7, Dims = { 1 }, RawData = ByteString.CopyFrom(new byte[8]) }, Dims = { 3 } };
        var graph = new GraphProto { Name = "g", Input = { new ValueInfoProto { Name = "w", Type = Dense(1) } }, SparseInitializer = { sparse } };

        OnnxModel model = ModelReader.Read(File(graph));

        Assert.True(model.Graph.Inputs[0].IsStored);
        Assert.Equal(graph, Written(model));
    }

    private static TypeProto Dense(int type) => new() { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = Sizes() } };

    private static TensorShapeProto Sizes() => new() { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "n" }, new TensorShapeProto.Types.Dimension { DimValue = 3 } } };

    private static byte[] File(GraphProto graph) => new ModelProto { IrVersion = 13, Graph = graph }.ToByteArray();

    private static GraphProto Written(OnnxModel model) => ModelProto.Parser.ParseFrom(ModelWriter.Write(model)).Graph;
}
