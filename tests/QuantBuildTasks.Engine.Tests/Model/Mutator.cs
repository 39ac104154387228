using Google.Protobuf;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Tests.Model;

/// <summary>Damages files as copying, bad tools and bad intent do; the same seed gives the same files.</summary>
internal sealed class Mutator(int seed)
{
    private static readonly long[] Sizes = [0, -1, 1, int.MaxValue, 1L << 31, 1L << 40, 1L << 62, long.MaxValue, long.MinValue];

    private static readonly string[] Locations = ["../secret.bin", "/etc/hostname", "..\\secret.bin", "C:\\w.bin", "sub/../../secret.bin", "out.bin", "up/secret.bin", ".", "", "\0", "w.bin"];

    private readonly Random _random = new(seed);

    public byte[] Next(byte[] file)
    {
        byte[] bytes = file;
        for (int i = _random.Next(1, 4); i > 0; i--)
        {
            bytes = Once(bytes);
        }

        return bytes;
    }

    private byte[] Once(byte[] file)
    {
        if (file.Length == 0)
        {
            return file;
        }

        int at = _random.Next(file.Length);
        int length = _random.Next(Math.Min(64, file.Length - at));
        switch (_random.Next(12))
        {
            case 8 or 9 or 10 or 11:
                return WireMutator.Next(file, _random);
            case 0:
                return Change(file, at, (byte)(file[at] ^ (1 << _random.Next(8))));
            case 1:
                return Change(file, at, (byte)_random.Next(256));
            case 2:
                return file[..at];
            case 3:
                return [.. file[..at], .. file[(at + length)..]];
            case 4:
                return [.. file[..(at + length)], .. file[at..]];
            case 5:
                return [.. file[..at], 0xFF, 0xFF, 0xFF, 0xFF, 0x07, .. file[at..]];
            default:
                return Restructure(file);
        }
    }

    private static byte[] Change(byte[] file, int at, byte value)
    {
        byte[] changed = [.. file];
        changed[at] = value;
        return changed;
    }

    /// <summary>Changes that keep the file well formed, and so come further.</summary>
    private byte[] Restructure(byte[] file)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(file);
        }
        catch (InvalidProtocolBufferException)
        {
            return file;
        }

        GraphProto? graph = model.Graph;
        if (graph is null || graph.Node.Count == 0)
        {
            return file;
        }

        NodeProto node = Any(graph.Node);
        switch (_random.Next(13))
        {
            case 0 when node.Input.Count > 0 && node.Output.Count > 0:
                node.Input[0] = Any(node.Output);
                break;
            case 1 when node.Output.Count > 0 && Any(graph.Node) is { Output.Count: > 0 } other:
                node.Output[0] = other.Output[0];
                break;
            case 2:
                graph.Node.Add(node.Clone());
                break;
            case 3:
                graph.Node.Remove(node);
                break;
            case 4:
                (graph.Node[0], graph.Node[^1]) = (graph.Node[^1].Clone(), graph.Node[0].Clone());
                break;
            case 5 when graph.Initializer.Count > 0:
                Any(graph.Initializer).Dims.Add(Any(Sizes));
                break;
            case 6 when graph.Initializer.Count > 0:
                TensorProto tensor = Any(graph.Initializer);
                tensor.DataLocation = TensorProto.Types.DataLocation.External;
                tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = Any(Locations) });
                break;
            case 7 when graph.Initializer.Count > 0:
                Any(graph.Initializer).DataType = _random.Next(-2, 32);
                break;
            case 8 when node.Attribute.Count > 0:
                Any(node.Attribute).Type = (AttributeProto.Types.AttributeType)_random.Next(-1, 18);
                break;
            case 9:
                GraphProto inner = graph.Clone();
                for (int depth = _random.Next(1, 60); depth > 0; depth--)
                {
                    inner = new GraphProto { Node = { new NodeProto { OpType = "If", Attribute = { new AttributeProto { Name = "then_branch", Type = AttributeProto.Types.AttributeType.Graph, G = inner } } } } };
                }

                graph.Node.Add(inner.Node[0]);
                break;
            case 10 when graph.Input.Count > 0 && Any(graph.Input).Type?.TensorType?.Shape is { } shape:
                shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = Any(Sizes) });
                break;
            case 11 when model.Functions.Count > 0:
                Entangle(model);
                break;
            case 12 when graph.Initializer.Count > 0 && Any(graph.Initializer) is { ExternalData.Count: > 0 } external:
                Any(external.ExternalData).Value = _random.Next(2) == 0 ? Any(Locations) : $"{Any(Sizes)}";
                break;
        }

        return model.ToByteArray();
    }

    /// <summary>Functions that call themselves or each other.</summary>
    private void Entangle(ModelProto model)
    {
        (FunctionProto caller, FunctionProto called) = (Any(model.Functions), Any(model.Functions));
        caller.Node.Add(new NodeProto { OpType = called.Name, Domain = called.Domain, Input = { caller.Input }, Output = { "again" } });
    }

    private T Any<T>(IList<T> items) => items[_random.Next(items.Count)];
}
