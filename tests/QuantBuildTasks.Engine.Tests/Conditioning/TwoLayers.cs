using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Conditioning;

/// <summary>The way from x through the first layer, which gives a, to r, which the second layer reads.</summary>
internal static class TwoLayers
{
    /// <summary>A Conv of pictures with three channels.</summary>
    public static ModelBuilder Conv(int size, Tensor weight, float[] bias, params (string Name, object Value)[] attributes) =>
        new ModelBuilder().Input("x", "N", 3, size, size).Constant("w1", weight).Constant("b1", Tensor.Vector(bias)).Node("Conv", "x w1 b1 -> a", attributes);

    /// <summary>What stands between the layers: Clip (0 to <paramref name="high"/>), LeakyRelu, nothing, or else Relu.</summary>
    public static ModelBuilder Between(this ModelBuilder model, string kind, float high = 6) => kind switch
    {
        "nothing" => model.Node("Identity", "a -> r"),
        "Clip" => model.Constant("zero", Tensor.Scalar(0f)).Constant("high", Tensor.Scalar(high)).Node("Clip", "a zero high -> r"),
        "LeakyRelu" => model.Node("LeakyRelu", "a -> r"),
        _ => model.Node("Relu", "a -> r"),
    };
}
