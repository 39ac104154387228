using Google.Protobuf;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;
using static QuantBuildTasks.Engine.Model.Serialization.Onnx.AttributeProto.Types;

namespace QuantBuildTasks.Engine.Tests.Model;

/// <summary>A file that uses every part of the format, the rare ones too.</summary>
internal static class RichModel
{
    public static ModelProto Create() => new()
    {
        IrVersion = 10,
        ProducerName = "tests",
        ProducerVersion = "1",
        Domain = "org.example",
        ModelVersion = 7,
        DocString = "a model",
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 }, new OperatorSetIdProto { Domain = "org.example", Version = 2 } },
        MetadataProps = { Entry("b", "1"), Entry("a", "2") },
        Functions =
        {
            new FunctionProto
            {
                Name = "Twice", Domain = "org.example", Overload = "second", Input = { "a", "unread" }, Output = { "b", "flag" }, DocString = "doubles", MetadataProps = { Entry("k", "v") },
                OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 }, new OperatorSetIdProto { Domain = "org.example", Version = 1 } },
                Attribute = { "outer", "other" }, AttributeProto = { new AttributeProto { Name = "axis", Type = AttributeType.Int, I = 2, DocString = "which" } },
                ValueInfo = { new ValueInfoProto { Name = "a", Type = Dense(1, Size(2)), DocString = "what is doubled" }, new ValueInfoProto { Name = "between", Type = Dense(1) }, new ValueInfoProto { Name = "b", Type = Dense(1) } },
                Node =
                {
                    new NodeProto { OpType = "Neg", Domain = "org.example", Overload = "first", Input = { "a" }, Output = { "between", "", "" }, MetadataProps = { Entry("k", "v") } },
                    new NodeProto { OpType = "Add", Input = { "a", "between" }, Output = { "b" }, Attribute = { new AttributeProto { Name = "alpha", RefAttrName = "outer", Type = AttributeType.Float } } },
                    new NodeProto { OpType = "If", Input = { "a" }, Output = { "flag" }, Attribute = { new AttributeProto { Name = "then_branch", Type = AttributeType.Graph, G = Branch("inside", "between") } } },
                },
            },
        },
        TrainingInfo =
        {
            new TrainingInfoProto { Initialization = Branch("start", "w"), Algorithm = Branch("step", "w"), InitializationBinding = { Entry("w", "start_y") }, UpdateBinding = { Entry("w", "step_y") } },
        },
        Configuration = { new DeviceConfigurationProto { Name = "two", NumDevices = 2, Device = { "CPU:0", "CPU:1" } } },
        Graph = Graph(),
    };

    private static GraphProto Graph() => new()
    {
        Name = "main",
        DocString = "a graph",
        MetadataProps = { Entry("k", "v") },
        Input =
        {
            new ValueInfoProto { Name = "x", DocString = "an input", Type = Dense(1, Size(2), Symbol("n", "DATA_BATCH"), new TensorShapeProto.Types.Dimension()), MetadataProps = { Entry("k", "v") } },
            new ValueInfoProto { Name = "flag", Type = Dense(9) },
            new ValueInfoProto { Name = "any", Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = 1 } } },
            new ValueInfoProto { Name = "list", Type = new TypeProto { SequenceType = new TypeProto.Types.Sequence { ElemType = Dense(1, Size(1)) } } },
            new ValueInfoProto { Name = "maybe", Type = new TypeProto { OptionalType = new TypeProto.Types.Optional { ElemType = new TypeProto { SequenceType = new TypeProto.Types.Sequence { ElemType = Dense(1) } } } } },
            new ValueInfoProto { Name = "names", Type = new TypeProto { MapType = new TypeProto.Types.Map { KeyType = 8, ValueType = Dense(7, Symbol("n", "DATA_BATCH")) }, Denotation = "TABLE" } },
            new ValueInfoProto { Name = "rare", Type = new TypeProto { SparseTensorType = new TypeProto.Types.SparseTensor { ElemType = 1, Shape = new TensorShapeProto { Dim = { Size(5) } } } } },
            new ValueInfoProto { Name = "own", Type = new TypeProto { OpaqueType = new TypeProto.Types.Opaque { Domain = "org.example", Name = "handle" } } },
            new ValueInfoProto { Name = "w", Type = Dense(1, Size(2)) },
        },
        Initializer = { Raw("w", 2), new TensorProto { Name = "inner", DataType = 1, Dims = { 1 }, RawData = Zeros(1), DocString = "a weight", MetadataProps = { Entry("k", "v") } } },
        SparseInitializer =
        {
            new SparseTensorProto { Values = Raw("sparse", 1), Indices = Index(3), Dims = { 5 } },
        },
        Node =
        {
            new NodeProto
            {
                Name = "all", OpType = "Everything", Domain = "org.example", Overload = "second", DocString = "a node", MetadataProps = { Entry("k", "v") },
                Input = { "x", "", "sparse", "w" }, Output = { "annotated", "", "c", "" }, Attribute = { Attributes() },
                DeviceConfigurations =
                {
                    new NodeDeviceConfigurationProto
                    {
                        ConfigurationId = "two", PipelineStage = 1,
                        ShardingSpec =
                        {
                            new ShardingSpecProto
                            {
                                TensorName = "x", Device = { 0, -1 }, IndexToDeviceGroupMap = { new IntIntListEntryProto { Key = -1, Value = { 0, 1 } } },
                                ShardedDim = { new ShardedDimProto { Axis = 0, SimpleSharding = { new SimpleShardedDimProto { DimParam = "n", NumShards = 2 }, new SimpleShardedDimProto { DimValue = 4, NumShards = 1 } } } },
                            },
                        },
                    },
                },
            },
            new NodeProto
            {
                OpType = "If", Input = { "flag" }, Output = { "y" },
                Attribute =
                {
                    new AttributeProto { Name = "then_branch", Type = AttributeType.Graph, DocString = "a branch", G = Branch("then", "annotated") },
                    new AttributeProto { Name = "else_branch", Type = AttributeType.Graph, G = Branch("else", "inner") },
                },
            },
        },
        ValueInfo =
        {
            new ValueInfoProto { Name = "inner", Type = Dense(1, Size(1)) },
            new ValueInfoProto { Name = "sparse", Type = Dense(1, Size(5)) },
            new ValueInfoProto { Name = "annotated", DocString = "a value", Type = Dense(1, Size(2)) },
            new ValueInfoProto { Name = "of another time", Type = Dense(1) },
        },
        Output = { new ValueInfoProto { Name = "y", DocString = "an output", Type = Dense(1, Symbol("n", null)) }, new ValueInfoProto { Name = "c" } },
        QuantizationAnnotation = { new TensorAnnotation { TensorName = "annotated", QuantParameterTensorNames = { Entry("SCALE_TENSOR", "w") } } },
    };

    private static AttributeProto[] Attributes() =>
    [
        new AttributeProto { Name = "f", Type = AttributeType.Float, F = 0.5f, DocString = "a number" },
        new AttributeProto { Name = "i", Type = AttributeType.Int, I = -3 },
        new AttributeProto { Name = "s", Type = AttributeType.String, S = ByteString.CopyFrom(0xFF, 0) },
        new AttributeProto { Name = "t", Type = AttributeType.Tensor, T = Raw("named", 3) },
        new AttributeProto { Name = "fs", Type = AttributeType.Floats, Floats = { 1, 2 } },
        new AttributeProto { Name = "none", Type = AttributeType.Ints },
        new AttributeProto { Name = "is", Type = AttributeType.Ints, Ints = { 1, 2 } },
        new AttributeProto { Name = "ss", Type = AttributeType.Strings, Strings = { ByteString.CopyFromUtf8("a"), ByteString.CopyFrom(0xFF) } },
        new AttributeProto { Name = "ts", Type = AttributeType.Tensors, Tensors = { Raw("p", 1), Raw("q", 2) } },
        new AttributeProto { Name = "gs", Type = AttributeType.Graphs, Graphs = { Branch("one", "x"), Branch("two", "w") } },
        new AttributeProto { Name = "sp", Type = AttributeType.SparseTensor, SparseTensor = new SparseTensorProto { Values = Raw("v", 1), Dims = { 4 } } },
        new AttributeProto { Name = "sps", Type = AttributeType.SparseTensors, SparseTensors = { new SparseTensorProto { Values = Raw("v", 1), Indices = Index(2), Dims = { 4 } } } },
        new AttributeProto { Name = "tp", Type = AttributeType.TypeProto, Tp = Dense(7, Size(1)) },
        new AttributeProto { Name = "tps", Type = AttributeType.TypeProtos, TypeProtos = { Dense(7, Symbol("n", "DATA_BATCH")), new TypeProto { SequenceType = new TypeProto.Types.Sequence { ElemType = Dense(8) } } } },
    ];

    /// <summary>A body that reads a value from around it.</summary>
    private static GraphProto Branch(string name, string outer) => new()
    {
        Name = name,
        DocString = "a body",
        Initializer = { Raw($"{name}_w", 1) },
        Node = { new NodeProto { OpType = "Add", Input = { outer, $"{name}_w" }, Output = { $"{name}_y" } } },
        Output = { new ValueInfoProto { Name = $"{name}_y", Type = Dense(1) } },
    };

    private static TensorProto Raw(string name, int count) => new() { Name = name, DataType = 1, Dims = { count }, RawData = Zeros(count) };

    private static TensorProto Index(byte at) => new() { DataType = 7, Dims = { 1 }, RawData = ByteString.CopyFrom(at, 0, 0, 0, 0, 0, 0, 0) };

    private static ByteString Zeros(int count) => ByteString.CopyFrom(new byte[4 * count]);

    private static StringStringEntryProto Entry(string key, string value) => new() { Key = key, Value = value };

    private static TypeProto Dense(int type, params TensorShapeProto.Types.Dimension[] dims) =>
        new() { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = new TensorShapeProto { Dim = { dims } } }, Denotation = "TENSOR" };

    private static TensorShapeProto.Types.Dimension Size(long size) => new() { DimValue = size };

    private static TensorShapeProto.Types.Dimension Symbol(string name, string? denotation)
    {
        var dimension = new TensorShapeProto.Types.Dimension { DimParam = name };
        if (denotation is not null)
        {
            dimension.Denotation = denotation;
        }

        return dimension;
    }
}
