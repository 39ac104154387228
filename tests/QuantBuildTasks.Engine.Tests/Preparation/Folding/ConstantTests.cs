using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Folding;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Folding;

public sealed class ConstantTests
{
    private static readonly ConstantFolding Folding = new(new OrtInference());

    public static TheoryData<string, object> Values => new()
    {
        { "value", Tensor.Of([1f, 2f], 1, 2) },
        { "value_float", 0.5f },
        { "value_floats", Floats(1, 2, 3) },
        { "value_int", 7L },
        { "value_ints", Ints(1, 2, 3) },
    };

    [Theory]
    [MemberData(nameof(Values), DisableDiscoveryEnumeration = true)]
    public void Every_form_of_a_Constant_node_becomes_an_initializer(string attribute, object value)
    {
        OnnxModel model = new ModelBuilder().Node("Constant", "-> c", (attribute, value)).Node("Cast", "c -> y", ("to", 1)).Output("y").Build();

        OnnxModel rewritten = PassCheck.Rewrite(new ConstantNodesToInitializers(), model);

        Assert.NotNull(rewritten.Graph.Find("c")!.Constant);
    }

    [Fact]
    public void Strings_become_an_initializer_too()
    {
        OnnxModel model = new ModelBuilder().Node("Constant", "-> c", ("value_string", "grün")).Node("Shape", "c -> y").Output("y", ElementType.Int64).Build();

        Assert.Equal(["grün"], PassCheck.Rewrite(new ConstantNodesToInitializers(), model).Graph.Find("c")!.Constant!.Strings);
    }

    [Fact]
    public void A_Constant_that_is_a_graph_output_keeps_its_name()
    {
        OnnxModel model = PassCheck.Rewrite(new ConstantNodesToInitializers(), new ModelBuilder().Input("x", 1).Node("Constant", "-> y", ("value_float", 1f)).Output("y").Build());

        Assert.Equal("y", model.Graph.Outputs[0].Name);
    }

    [Fact]
    public void A_chain_of_constants_is_computed_at_once()
    {
        OnnxModel model = new ModelBuilder().Input("x", 6)
            .Constant("two", Tensor.Vector<long>(2)).Constant("three", Tensor.Vector<long>(3)).Constant("at", Tensor.Scalar<long>(0))
            .Node("Concat", "two three -> sizes", ("axis", 0)).Node("Cast", "sizes -> f", ("to", 1)).Node("Sqrt", "f -> s").Node("Gather", "s at -> g").Node("Mul", "x g -> y")
            .Node("Reshape", "x sizes -> z").Output("y").Output("z").Build();

        OnnxModel rewritten = PassCheck.Rewrite(Folding, model);

        Assert.Equal(["Mul", "Reshape"], PassCheck.Operators(rewritten));
        Assert.Equal(MathF.Sqrt(2), rewritten.Graph.Find("g")!.Constant!.Span<float>()[0]);
    }

    [Fact]
    public void Constants_of_a_branch_and_those_around_it_are_folded()
    {
        OnnxModel model = new ModelBuilder().Input("flag", ElementType.Bool).Weight("w", 2, 3)
            .Node(
                "If",
                "flag -> y",
                ("then_branch", Body(b => b.Node("Transpose", "w -> t").Node("Abs", "t -> then").Output("then"))),
                ("else_branch", Body(b => b.Node("Transpose", "w -> else").Output("else"))))
            .Output("y").Build();

        OnnxModel rewritten = PassCheck.Rewrite(Folding, model);

        Assert.All(rewritten.Graph.Nodes[0].Subgraphs, g => Assert.Empty(g.Nodes));
    }

    [Fact]
    public void A_constant_that_others_read_too_stays()
    {
        OnnxModel model = PassCheck.Rewrite(Folding, new ModelBuilder().Input("x", 3, 2).Weight("w", 2, 3).Node("Transpose", "w -> t").Node("MatMul", "x w -> m").Node("Add", "x t -> y").Output("m").Output("y").Build());

        Assert.NotNull(model.Graph.Find("w")!.Constant);
    }

    [Theory]
    [InlineData("Exp", "w -> c")]
    [InlineData("Softmax", "w -> c")]
    [InlineData("MatMul", "w v -> c")]
    [InlineData("ReduceSum", "w -> c")]
    public void Operators_whose_last_bits_depend_on_the_processor_stay(string opType, string edges) =>
        PassCheck.Decline(Folding, new ModelBuilder().Weight("w", 2, 3).Weight("v", 3, 2).Node(opType, edges).Output("c").Build());

    [Fact]
    public void A_float_beyond_the_integer_range_is_not_cast() =>
        PassCheck.Decline(Folding, new ModelBuilder().Constant("w", Tensor.Vector(1e20f)).Node("Cast", "w -> c", ("to", 7)).Output("c", ElementType.Int64).Build());

    [Fact]
    public void Integer_division_by_zero_is_not_tried() =>
        PassCheck.Decline(Folding, new ModelBuilder().Constant("a", Tensor.Vector(1L)).Constant("zero", Tensor.Vector(0L)).Node("Div", "a zero -> c").Output("c", ElementType.Int64).Build());

    [Fact]
    public void What_ONNX_Runtime_cannot_compute_stays_and_the_rest_is_folded()
    {
        OnnxModel model = new ModelBuilder()
            .Constant("two", Tensor.Vector(1f, 2f)).Constant("at", Tensor.Vector(9L))
            .Node("Neg", "two -> a").Node("Gather", "two at -> bad").Node("Abs", "two -> b").Output("a").Output("bad").Output("b").Build();
        var declines = new List<Decline>();

        Assert.True(Folding.Apply(model, declines));

        Assert.Equal(["Gather"], PassCheck.Operators(model));
        Assert.Equal("Gather_bad", Assert.Single(declines).Node);
    }

    [Fact]
    public void A_result_that_would_blow_up_the_file_stays() =>
        Assert.Contains("more than it replaces", Assert.Single(PassCheck.Decline(Folding, new ModelBuilder().Input("x", 1).Constant("sizes", Tensor.Vector<long>(1024, 1024)).Node("ConstantOfShape", "sizes -> c").Node("Add", "x c -> y").Output("y").Build())), StringComparison.Ordinal);

    [Theory]
    [InlineData(1L << 62, 1L << 62)]
    [InlineData(1L << 40, 1L)]
    [InlineData(-5L, 1L << 62)]
    public void Sizes_that_no_machine_has_are_not_tried(long rows, long columns)
    {
        OnnxModel model = new ModelBuilder().Constant("sizes", Tensor.Vector(rows, columns)).Node("ConstantOfShape", "sizes -> c").Output("c").Build();

        Assert.False(Folding.Apply(model, []));
    }

    [Fact]
    public void A_large_result_is_folded_where_it_replaces_as_much()
    {
        OnnxModel model = new ModelBuilder().Input("x", 1, 1024).Weight("w", 512, 1024).Node("Transpose", "w -> t").Node("MatMul", "x t -> y").Output("y").Build();

        Assert.Equal(["MatMul"], PassCheck.Operators(PassCheck.Rewrite(Folding, model)));
    }

    [Fact]
    public void A_large_result_stays_where_its_source_is_needed_elsewhere()
    {
        OnnxModel model = new ModelBuilder().Input("x", 1, 1024).Input("i", ElementType.Int64, 1).Weight("w", 512, 1024)
            .Node("Transpose", "w -> t").Node("MatMul", "x t -> y").Node("Gather", "w i -> z").Output("y").Output("z").Build();

        Assert.Single(PassCheck.Decline(Folding, model));
    }

    [Fact]
    public void A_weight_that_two_branches_cut_up_and_join_anew_is_not_stored_twice()
    {
        static Action<ModelBuilder> Rejoined(string name) => Body(b => b
            .Node("Split", "w -> first second", ("axis", 0), ("num_outputs", 2)).Node("Concat", "second first -> joined", ("axis", 0)).Node("MatMul", $"x joined -> {name}").Output(name));
        OnnxModel model = new ModelBuilder(18).Input("flag", ElementType.Bool).Input("x", 1, 128).Weight("w", 128, 256)
            .Node("If", "flag -> y", ("then_branch", Rejoined("t")), ("else_branch", Rejoined("e"))).Output("y").Build();

        Assert.All(PassCheck.Decline(Folding, model), r => Assert.Contains("grow by 131072 bytes", r, StringComparison.Ordinal));
    }

    [Fact]
    public void Folded_square_roots_are_rounded_correctly()
    {
        // Some vector libraries approximate roots, which would differ between processors.
        float[] values = ModelBuilder.Random("roots", 5000).Span<float>().ToArray().Select(v => MathF.Abs(v) * 3).ToArray();
        OnnxModel model = new ModelBuilder().Constant("w", Tensor.Vector(values)).Node("Sqrt", "w -> y").Output("y").Build();

        Tensor folded = PassCheck.Rewrite(Folding, model).Graph.Find("y")!.Constant!;

        Assert.Equal(values.Select(MathF.Sqrt), folded.Span<float>().ToArray());
    }
}
