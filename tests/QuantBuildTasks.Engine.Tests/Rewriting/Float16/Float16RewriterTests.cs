using CsCheck;
using QuantBuildTasks.Engine.Model;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Rewriting.Float16;

public sealed class Float16RewriterTests
{
    /// <summary>A few roundings to 11 bits.</summary>
    private const double Near = 4e-3;

    [Fact]
    public void Layers_compute_in_float16_and_the_callers_tensors_stay_float32()
    {
        HalfModel model = HalfModel.Of(Layers());

        Assert.All(model.Plan.Nodes, n => Assert.Equal("Float16", n.Precision.ToString()));
        Assert.All(model.Model.Graph.Initializers, i => Assert.Equal(ElementType.Float16, i.Initializer!.Type));
        Assert.All(model.Model.Graph.Inputs.Concat(model.Model.Graph.Outputs), v => Assert.Equal(ElementType.Float32, v.Type));
        Assert.InRange(model.WorstError(), 1e-7, Near);
    }

    [Fact]
    public void Conversions_stand_at_the_edges_alone()
    {
        HalfModel model = HalfModel.Of(Layers());

        Assert.Equal(2, model.Casts);
    }

    [Fact]
    public void Constants_and_intermediate_values_keep_their_names()
    {
        HalfModel model = HalfModel.Of(Layers());

        Assert.Equal(["w", "b", "v"], model.Model.Graph.Initializers.Select(i => i.Name));
        Assert.NotNull(model.Model.Graph.Find("r"));
    }

    [Fact]
    public void A_node_that_is_kept_float_has_one_conversion_on_each_side()
    {
        HalfModel model = HalfModel.Of(Layers(), n => n.Is("Relu") ? "kept" : null);

        Assert.Equal(4, model.Casts);
        Assert.Equal("kept", model.Decision("Relu_r").Reason);
        Assert.InRange(model.WorstError(), 1e-7, Near);
    }

    [Fact]
    public void A_tensor_with_several_readers_is_converted_once()
    {
        HalfModel model = HalfModel.Of(
            new ModelBuilder().Input("x", 4, 8).Weight("w", 8, 8).Weight("v", 8, 8)
                .Node("MatMul", "x w -> a").Node("MatMul", "x v -> b").Node("Add", "a b -> y").Output("y"));

        Assert.Equal(2, model.Casts);
    }

    [Fact]
    public void A_tensor_that_is_read_in_both_precisions_has_both_forms()
    {
        HalfModel model = HalfModel.Of(
            new ModelBuilder().Input("x", 4, 8).Weight("w", 8, 8).Weight("v", 8, 8).Constant("axis", Tensor.Scalar(1L))
                .Node("MatMul", "x w -> a").Node("CumSum", "a axis -> c").Node("MatMul", "a v -> b").Node("Add", "c b -> y").Output("y"));

        Assert.Equal("CumSum has no float16 kernel on cuda", model.Decision("CumSum_c").Reason);
        Assert.InRange(model.WorstError(), 1e-7, Near);
    }

    [Fact]
    public void An_output_in_the_middle_stays_float32_for_the_caller()
    {
        HalfModel model = HalfModel.Of(
            new ModelBuilder().Input("x", 4, 8).Weight("w", 8, 8).Weight("v", 8, 8)
                .Node("MatMul", "x w -> a").Node("MatMul", "a v -> y").Output("y").Output("a"));

        Assert.Equal(3, model.Casts);
        Assert.InRange(model.WorstError(), 1e-7, Near);
    }

    [Fact]
    public void A_weight_that_two_precisions_read_is_stored_once_in_float32()
    {
        HalfModel model = HalfModel.Of(
            new ModelBuilder().Input("x", 4, 8).Weight("w", 8, 8).Node("MatMul", "x w -> a").Node("MatMul", "a w -> y").Output("y"),
            n => n.DisplayName == "MatMul_y" ? "kept" : null);

        Assert.Equal([ElementType.Float32], model.Model.Graph.Initializers.Select(i => i.Initializer!.Type));
        Assert.Single(model.Model.Graph.Nodes, n => n.Is("Cast") && n.Input(0)!.Name == "w");
        Assert.InRange(model.WorstError(), 1e-7, Near);
    }

    [Fact]
    public void The_result_type_in_an_attribute_follows()
    {
        HalfModel model = HalfModel.Of(
            new ModelBuilder().Input("ids", ElementType.Int64, 4, 8).Constant("shape", Tensor.Vector(4L, 8L)).Weight("w", 8, 8)
                .Node("Cast", "ids -> c", ("to", 1)).Node("ConstantOfShape", "shape -> f", ("value", Tensor.Vector(0.5f))).Node("Add", "c f -> a")
                .Node("MatMul", "a w -> y").Output("y"));

        Assert.Equal(10, model.Model.Graph.Nodes.First(n => n.Is("Cast")).IntAttribute("to", 0));
        Assert.Equal(1, model.Casts - 1);
        Assert.InRange(model.WorstError(), 0, Near);
    }

    [Fact]
    public void ConstantOfShape_without_a_value_fills_in_a_float16_zero()
    {
        HalfModel model = HalfModel.Of(
            new ModelBuilder().Input("x", 4, 8).Constant("shape", Tensor.Vector(4L, 8L)).Weight("w", 8, 8)
                .Node("ConstantOfShape", "shape -> f").Node("Add", "x f -> a").Node("MatMul", "a w -> y").Output("y"));

        Assert.InRange(model.WorstError(), 1e-7, Near);
    }

    [Fact]
    public void Scales_of_Resize_stay_float32()
    {
        HalfModel model = HalfModel.Of(
            new ModelBuilder().Input("x", 1, 3, 4, 4).Weight("w", 4, 3, 1, 1).Constant("scales", Tensor.Vector(1f, 1f, 2f, 2f))
                .Node("Conv", "x w -> c").Node("Resize", "c _ scales -> y", ("mode", "linear")).Output("y"));

        Assert.Equal("Float16", model.Decision("Resize_y").Precision.ToString());
        Assert.Equal(ElementType.Float32, model.Model.Graph.Find("scales")!.Type);
        Assert.InRange(model.WorstError(), 1e-7, Near);
    }

    [Fact]
    public void Shape_reads_whichever_form_is_there()
    {
        HalfModel model = HalfModel.Of(
            new ModelBuilder().Input("x", 4, 8).Weight("w", 8, 8).Node("MatMul", "x w -> a").Node("Relu", "a -> r").Node("Shape", "a -> s").Node("Reshape", "r s -> y").Output("y"));

        Assert.Equal(2, model.Casts);
        Assert.Equal("FollowsInput", model.Decision("Shape_s").Precision.ToString());
    }

    [Fact]
    public void Norms_and_recurrent_layers_load_and_run()
    {
        HalfModel model = HalfModel.Of(
            new ModelBuilder().Input("x", 5, 2, 8).Weight("g", 8).Weight("h", 8).Weight("w", 1, 16, 8).Weight("r", 1, 16, 4)
                .Node("LayerNormalization", "x g h -> n", ("axis", -1)).Node("LSTM", "n w r -> l", ("hidden_size", 4)).Output("l"));

        Assert.All(model.Plan.Nodes, n => Assert.Equal("Float16", n.Precision.ToString()));
        Assert.InRange(model.WorstError(), 1e-7, 2 * Near);
    }

    [Fact]
    public void Any_mixture_of_precisions_loads_converts_no_tensor_twice_and_stays_near() =>
        Gen.Select(Gen.Int[0, 5].Array[1, 8], Gen.Bool.Array[8]).Sample(
            (operators, kept) =>
            {
                HalfModel model = HalfModel.Of(Chain(operators), n => n.DisplayName is ['N', 'o', .., var digit] && kept[digit - '0'] ? "kept" : null);

                Node[] casts = [.. model.Model.Graph.Nodes.Where(n => n.Is("Cast"))];
                Assert.DoesNotContain(casts, c => c.Input(0)!.Producer is { } producer && producer.Is("Cast"));
                Assert.Equal(casts.Length, casts.Select(c => c.Input(0)).Distinct().Count());
                Assert.InRange(model.WorstError(), 0, 2e-2);
            },
            iter: 40);

    [Fact]
    public void Same_plan_gives_the_same_bytes() => Assert.Equal(HalfModel.Of(Layers()).Bytes, HalfModel.Of(Layers()).Bytes);

    /// <summary>Operators that read their predecessor, and where they take two inputs the one before it as well; the last two values are outputs.</summary>
    private static ModelBuilder Chain(int[] operators)
    {
        ModelBuilder builder = new ModelBuilder().Input("x", 4, 8).Weight("w", 8, 8);
        (string before, string last) = ("x", "x");
        for (int i = 0; i < operators.Length; i++)
        {
            string next = $"v{i}";
            builder.Node(
                operators[i] switch { 0 => "MatMul", 1 => "Add", 2 => "Tanh", 3 => "Softmax", 4 => "Transpose", _ => "Mul" },
                $"{last}{operators[i] switch { 0 => " w", 1 or 5 => $" {before}", _ => "" }} -> {next}",
                operators[i] == 4 ? [("perm", Ints(0, 1))] : []);
            builder.Graph.Nodes[^1].Name = $"No{i}";
            (before, last) = (last, next);
        }

        return before == "x" ? builder.Output(last) : builder.Output(last).Output(before);
    }

    private static ModelBuilder Layers() => new ModelBuilder()
        .Input("x", "N", 3, 6, 6).Weight("w", 4, 3, 3, 3).Weight("b", 4).Weight("v", 4, 5)
        .Node("Conv", "x w b -> c").Node("Relu", "c -> r").Node("GlobalAveragePool", "r -> p").Node("Flatten", "p -> f").Node("MatMul", "f v -> y").Output("y");
}
