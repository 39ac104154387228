using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Tests.Inference;

public sealed class InputPlacementTests
{
    /// <summary>Long enough to be added in parts, and often enough that a last bit shows.</summary>
    private const int Channels = 10, Width = 1024;

    [Fact]
    public void Results_do_not_depend_on_where_an_array_lies_in_memory()
    {
        byte[] model = ModelWriter.Write(new ModelBuilder()
            .Input("x", 2, Channels, Width).PositiveWeight("s", Channels).Weight("b", Channels)
            .Node("InstanceNormalization", "x s b -> y")
            .Output("y")
            .Build());

        // Thirds, whose sums are rounded: those of few bits are exact in any order.
        Tensor numbers = Tensor.Of(Array.ConvertAll(ModelBuilder.Random("x", 2, Channels, Width).Span<float>().ToArray(), v => v / 3), 2, Channels, Width);
        using IInferenceSession session = new OrtInference().Open(model, new SessionSettings());

        byte[][] results = [.. Enumerable.Range(0, 32).Select(step => session.Run(new Dictionary<string, Tensor> { ["x"] = Moved(numbers, step * 4) })[0].Bytes.ToArray())];

        Assert.All(results, r => Assert.Equal(results[0], r));
    }

    /// <summary>The same numbers some bytes further on.</summary>
    private static Tensor Moved(Tensor tensor, int offset)
    {
        byte[] room = new byte[offset + tensor.Bytes.Length];
        tensor.Bytes.CopyTo(room.AsMemory(offset));
        return Tensor.FromBytes(tensor.Type, tensor.Dims, room.AsMemory(offset));
    }
}
