using System.Buffers.Binary;
using Google.Protobuf;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;
using static QuantBuildTasks.Engine.Model.Serialization.Onnx.AttributeProto.Types;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Model;

/// <summary>Valid files from which mutants are made; together they use all that the reader and the checker know.</summary>
internal static class MutationSeeds
{
    /// <summary>A file of this name and length must lie in the folder.</summary>
    public const string DataFile = "w.bin";

    public const int DataLength = 4096;

    public static byte[][] All =>
    [
        RichModel.Create().ToByteArray(), Layers(), Branches(), AllTypes(typed: false), AllTypes(typed: true), External(), Functions(), Sparse(), Old(), Bodies(),
    ];

    public static byte[] Layers() => ModelWriter.Write(new ModelBuilder()
        .Input("x", "N", 4).Weight("w", 4, 3).Weight("b", 3)
        .Node("Gemm", "x w b -> h", ("alpha", 1f), ("transB", 0)).Node("Relu", "h -> r").Node("Concat", "h r -> y", ("axis", 1))
        .Output("y").Build());

    /// <summary>The rich model without its custom operator, at which the checker would stop.</summary>
    private static byte[] Branches()
    {
        ModelProto model = RichModel.Create();
        model.Graph.Node.RemoveAt(0);
        model.Graph.Output.RemoveAt(1);
        model.Graph.Node[0].Attribute[0].G.Node[0].Input[0] = "x";
        return model.ToByteArray();
    }

    /// <summary>A tensor of eight elements for each element type, as bytes or in the field for its type.</summary>
    private static byte[] AllTypes(bool typed)
    {
        ModelProto model = Empty(21);
        foreach (ElementType type in Enum.GetValues<ElementType>().Where(t => t.BitWidth() > 0 || t == ElementType.String))
        {
            var tensor = new TensorProto { Name = $"t{(int)type}", DataType = (int)type, Dims = { 2, 4 } };
            if (type == ElementType.String)
            {
                tensor.StringData.AddRange(Enumerable.Range(0, 8).Select(i => ByteString.CopyFromUtf8($"s{i}")));
            }
            else if (!typed)
            {
                tensor.RawData = ByteString.CopyFrom(new byte[type.ByteCount(8)]);
            }
            else
            {
                Fill(tensor, type);
            }

            model.Graph.Initializer.Add(tensor);
        }

        return model.ToByteArray();
    }

    private static void Fill(TensorProto tensor, ElementType type)
    {
        switch (type)
        {
            case ElementType.Float32 or ElementType.Complex64:
                tensor.FloatData.AddRange(new float[type == ElementType.Float32 ? 8 : 16]);
                break;
            case ElementType.Float64 or ElementType.Complex128:
                tensor.DoubleData.AddRange(new double[type == ElementType.Float64 ? 8 : 16]);
                break;
            case ElementType.Int64:
                tensor.Int64Data.AddRange(new long[8]);
                break;
            case ElementType.UInt64 or ElementType.UInt32:
                tensor.Uint64Data.AddRange(new ulong[8]);
                break;
            default:
                tensor.Int32Data.AddRange(new int[Math.Min(8, type.BitWidth())]);
                break;
        }
    }

    private static byte[] External()
    {
        ModelProto model = Empty(17);
        for (int i = 0; i < 4; i++)
        {
            model.Graph.Initializer.Add(Outside($"w{i}", 512 * i, 16, 8));
        }

        var branch = new GraphProto { Name = "b", Initializer = { Outside("v", 2048, 16) }, Output = { new ValueInfoProto { Name = "v" } } };
        model.Graph.Node.Add(new NodeProto { OpType = "Constant", Output = { "c" }, Attribute = { new AttributeProto { Name = "value", Type = AttributeType.Tensor, T = Outside("", 2112, 16) } } });
        model.Graph.Node.Add(new NodeProto
        {
            OpType = "If", Input = { "x" }, Output = { "i" },
            Attribute = { new AttributeProto { Name = "then_branch", Type = AttributeType.Graph, G = branch }, new AttributeProto { Name = "else_branch", Type = AttributeType.Graph, G = branch.Clone() } },
        });
        model.Graph.SparseInitializer.Add(new SparseTensorProto { Values = Outside("s", 2176, 2), Indices = new TensorProto { DataType = 7, Dims = { 2 }, Int64Data = { 1, 5 } }, Dims = { 3, 4 } });

        return model.ToByteArray();
    }

    private static TensorProto Outside(string name, int offset, params long[] dims) => new()
    {
        Name = name, DataType = 1, Dims = { dims }, DataLocation = TensorProto.Types.DataLocation.External,
        ExternalData = { Entry("location", DataFile), Entry("offset", $"{offset}"), Entry("length", $"{4 * dims.Aggregate((a, b) => a * b)}") },
    };

    /// <summary>Functions that call each other, and take attributes from their callers.</summary>
    private static byte[] Functions()
    {
        ModelProto model = Empty(17);
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "org.example", Version = 1 });
        model.Functions.Add(Function("Twice", new NodeProto { OpType = "Add", Input = { "a", "a" }, Output = { "b" } }));
        model.Functions.Add(Function("Four", new NodeProto { OpType = "Twice", Domain = "org.example", Input = { "a" }, Output = { "m" } }, new NodeProto { OpType = "Twice", Domain = "org.example", Input = { "m" }, Output = { "b" } }));
        FunctionProto leaky = Function("Leaky", new NodeProto { OpType = "LeakyRelu", Input = { "a" }, Output = { "b" }, Attribute = { new AttributeProto { Name = "alpha", RefAttrName = "slope", Type = AttributeType.Float } } });
        leaky.Attribute.Add("slope");
        model.Functions.Add(leaky);
        model.Graph.Node.Add(new NodeProto { Name = "f", OpType = "Four", Domain = "org.example", Input = { "x" }, Output = { "h" } });
        model.Graph.Node.Add(new NodeProto { Name = "l", OpType = "Leaky", Domain = "org.example", Input = { "h" }, Output = { "z" }, Attribute = { new AttributeProto { Name = "slope", Type = AttributeType.Float, F = 0.1f } } });
        return model.ToByteArray();
    }

    private static FunctionProto Function(string name, params NodeProto[] nodes) => new()
    {
        Name = name, Domain = "org.example", Input = { "a" }, Output = { "b" }, Node = { nodes },
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = 17 }, new OperatorSetIdProto { Domain = "org.example", Version = 1 } },
    };

    private static byte[] Sparse()
    {
        ModelProto model = Empty(17);
        model.Graph.SparseInitializer.Add(new SparseTensorProto
        {
            Values = new TensorProto { Name = "s", DataType = 1, Dims = { 2 }, RawData = ByteString.CopyFrom(new byte[8]) },
            Indices = new TensorProto { DataType = 7, Dims = { 2 }, Int64Data = { 1, 5 } },
            Dims = { 3, 4 },
        });
        model.Graph.Node.Add(new NodeProto { OpType = "MatMul", Input = { "x", "s" }, Output = { "p" } });
        return model.ToByteArray();
    }

    /// <summary>Operator set 7 and IR version 3, in which initializers are inputs as well.</summary>
    private static byte[] Old()
    {
        OnnxModel model = new ModelBuilder(7).IrVersion(3).Input("x", 1, 2, 5, 5).Input("w", 3, 2, 3, 3)
            .Node("Conv", "x w -> c", ("pads", Ints(1, 1, 1, 1))).Node("Clip", "c -> r", ("min", 0f), ("max", 6f)).Node("Pad", "r -> p", ("pads", Ints(0, 0, 1, 1, 0, 0, 1, 1)), ("value", 0f))
            .Node("Upsample", "p -> u", ("scales", Floats(1, 1, 2, 2))).Node("Flatten", "u -> f").Node("Softmax", "f -> y", ("axis", 1)).Output("y").Build();
        model.Graph.SetInitializer(model.Graph.Find("w")!, Random("w", 3, 2, 3, 3));
        return ModelWriter.Write(model);
    }

    private static byte[] Bodies() => ModelWriter.Write(new ModelBuilder()
        .Input("x", 2, 3).Input("flag", ElementType.Bool).Weight("w", 3).Constant("rounds", Tensor.Scalar(2L))
        .Node("If", "flag -> a", ("then_branch", Body(b => b.Node("Add", "x w -> t").Output("t"))), ("else_branch", Body(b => b.Weight("v", 3).Node("Mul", "x v -> e").Output("e"))))
        .Node("Loop", "rounds flag a -> y", ("body", Body(b => b
            .Input("i", ElementType.Int64).Input("go", ElementType.Bool).Input("s", 2, 3)
            .Node("Identity", "go -> on").Node("Sub", "s w -> next").Output("on", ElementType.Bool).Output("next"))))
        .Output("y").Build());

    private static ModelProto Empty(long opset) => new()
    {
        IrVersion = 10,
        OpsetImport = { new OperatorSetIdProto { Domain = "", Version = opset } },
        Graph = new GraphProto
        {
            Name = "g",
            Input = { new ValueInfoProto { Name = "x", Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = 1, Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimValue = 3 } } } } } } },
            Node = { new NodeProto { OpType = "Relu", Input = { "x" }, Output = { "y" } } },
            Output = { new ValueInfoProto { Name = "y" } },
        },
    };

    private static StringStringEntryProto Entry(string key, string value) => new() { Key = key, Value = value };

    /// <summary>The bytes of <see cref="DataFile"/>.</summary>
    public static byte[] Data()
    {
        var bytes = new byte[DataLength];
        for (int i = 0; i < DataLength; i += 4)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i), i);
        }

        return bytes;
    }
}
