using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Sharing;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Sharing;

public sealed class DuplicateTests
{
    [Fact]
    public void Equal_constants_become_the_first_of_them()
    {
        OnnxModel model = PassCheck.Rewrite(new DuplicateConstants(), Input().Constant("a", Tensor.Vector(1f, 2, 3)).Constant("b", Tensor.Vector(1f, 2, 3))
            .Node("Add", "x a -> s").Node("Mul", "s b -> y").Output("y").Build());

        Assert.Equal(["a"], model.Graph.Initializers.Select(i => i.Name));
    }

    [Fact]
    public void Long_constants_that_differ_at_their_end_stay_apart()
    {
        float[] other = new float[100];
        other[^1] = 1;
        PassCheck.Decline(new DuplicateConstants(), new ModelBuilder().Input("x", "N", 100).Constant("a", Tensor.Vector(new float[100])).Constant("b", Tensor.Vector(other))
            .Node("Add", "x a -> s").Node("Mul", "s b -> y").Output("y").Build());
    }

    [Fact]
    public void Another_type_stays_apart() => StaysApart(Tensor.Vector(0, 0, 0));

    [Fact]
    public void Other_sizes_stay_apart() => StaysApart(Tensor.Of([0f, 0, 0], 1, 3));

    [Fact]
    public void Zero_and_minus_zero_stay_apart() => StaysApart(Tensor.Vector(0f, 0, -0f));

    [Fact]
    public void A_constant_that_is_a_graph_output_stays() =>
        PassCheck.Decline(new DuplicateConstants(), Input().Constant("a", Tensor.Vector(1f, 2, 3)).Constant("b", Tensor.Vector(1f, 2, 3))
            .Node("Add", "x a -> s").Node("Mul", "s b -> y").Output("y").Output("b").Build());

    [Fact]
    public void A_default_that_a_caller_may_replace_stays()
    {
        OnnxModel model = Input().Constant("a", Tensor.Vector(1f, 2, 3)).Constant("b", Tensor.Vector(1f, 2, 3)).Node("Add", "x a -> s").Node("Mul", "s b -> y").Output("y").Build();
        model.Graph.AddInput(model.Graph.Find("b")!);

        PassCheck.Decline(new DuplicateConstants(), model);
    }

    [Fact]
    public void A_branch_reads_the_constant_of_the_graph_around_it()
    {
        OnnxModel model = PassCheck.Rewrite(new DuplicateConstants(), Branches(
            Input().Constant("a", Tensor.Vector(1f, 2, 3)).Node("Add", "x a -> s"),
            t => t.Constant("b", Tensor.Vector(1f, 2, 3)).Node("Mul", "s b -> t").Output("t")));

        Assert.Equal("a", Then(model).Nodes[0].Input(1)!.Name);
    }

    [Fact]
    public void Equal_constants_of_two_branches_stay_where_they_are() =>
        PassCheck.Decline(new DuplicateConstants(), Branches(
            Input().Node("Abs", "x -> s"),
            t => t.Constant("b", Tensor.Vector(1f, 2, 3)).Node("Mul", "s b -> t").Output("t"),
            e => e.Constant("c", Tensor.Vector(1f, 2, 3)).Node("Add", "s c -> e").Output("e")));

    [Theory]
    [InlineData("Softmax", "axis")]
    [InlineData("LeakyRelu", "alpha")]
    public void What_is_computed_twice_is_computed_once(string opType, string attribute)
    {
        object value = attribute == "axis" ? (object)1 : 0.5f;
        OnnxModel model = PassCheck.Rewrite(new CommonSubexpressions(), Input().Node(opType, "x -> a", (attribute, value)).Node(opType, "x -> b", (attribute, value))
            .Node("Add", "a b -> y").Output("y").Build());

        Assert.Equal([opType, "Add"], PassCheck.Operators(model));
    }

    [Fact]
    public void Chains_go_in_one_walk() =>
        Assert.Equal(["Abs", "Neg", "Add"], PassCheck.Operators(PassCheck.Rewrite(
            new CommonSubexpressions(),
            Input().Node("Abs", "x -> a").Node("Neg", "a -> b").Node("Abs", "x -> c").Node("Neg", "c -> d").Node("Add", "b d -> y").Output("y").Build())));

    [Fact]
    public void All_outputs_of_a_node_are_replaced()
    {
        OnnxModel model = PassCheck.Rewrite(new CommonSubexpressions(), new ModelBuilder().Input("x", "N", 4).Node("Split", "x -> a b", ("axis", 1)).Node("Split", "x -> c d", ("axis", 1))
            .Node("Sub", "a d -> e").Node("Sub", "c b -> f").Output("e").Output("f").Build());

        Assert.Equal(["Split", "Sub"], PassCheck.Operators(model)[..2]);
    }

    [Fact]
    public void The_name_of_a_graph_output_passes_to_what_stays()
    {
        OnnxModel model = PassCheck.Rewrite(new CommonSubexpressions(), Input().Node("Abs", "x -> a").Node("Neg", "a -> z").Node("Abs", "x -> y").Output("y").Output("z").Build());

        Assert.Equal(["y", "z"], model.Graph.Outputs.Select(o => o.Name));
        Assert.Equal("y", model.Graph.Nodes[1].Input(0)!.Name);
    }

    [Fact]
    public void Two_graph_outputs_stay_two() =>
        Assert.Contains("graph output", Assert.Single(PassCheck.Decline(new CommonSubexpressions(), Input().Node("Abs", "x -> y").Node("Abs", "x -> z").Output("y").Output("z").Build())), StringComparison.Ordinal);

    [Theory]
    [InlineData("Softmax", "x -> a", 0, "x -> b", 1)]
    [InlineData("Softmax", "x -> a", 1, "s -> b", 1)]
    public void Another_attribute_or_input_is_another_result(string opType, string first, int axis, string second, int otherAxis) =>
        Assert.Empty(PassCheck.Decline(new CommonSubexpressions(), Input().Node("Abs", "x -> s").Node(opType, first, ("axis", axis)).Node(opType, second, ("axis", otherAxis))
            .Node("Add", "a b -> y").Output("y").Build()));

    [Fact]
    public void Random_numbers_are_drawn_twice()
    {
        OnnxModel model = Input().Node("RandomUniformLike", "x -> a").Node("RandomUniformLike", "x -> b").Node("Sub", "a b -> y").Output("y").Build();

        Assert.False(new CommonSubexpressions().Apply(model, []));
    }

    [Fact]
    public void An_operator_that_is_not_known_stays_twice()
    {
        OnnxModel model = Input().Node("shop", "Counter", "x -> a", []).Node("shop", "Counter", "x -> b", []).Node("Sub", "a b -> y").Output("y").Build();

        Assert.False(new CommonSubexpressions().Apply(model, []));
    }

    [Fact]
    public void An_operator_that_the_file_defines_itself_stays_twice()
    {
        OnnxModel model = Input().Node("Abs", "x -> a").Node("Abs", "x -> b").Node("Sub", "a b -> y").Output("y").Build();
        model.Functions.Add(new LocalFunction(new FunctionId("", "Abs", ""), new Graph("Abs")));

        Assert.False(new CommonSubexpressions().Apply(model, []));
    }

    [Fact]
    public void A_node_that_the_user_keeps_stays() =>
        Assert.Contains("kept", Assert.Single(PassCheck.Decline(
            new CommonSubexpressions { IsKept = n => n.Name == "Abs_b" },
            Input().Node("Abs", "x -> a").Node("Abs", "x -> b").Node("Add", "a b -> y").Output("y").Build())), StringComparison.Ordinal);

    [Fact]
    public void A_branch_reads_what_the_graph_around_it_has_computed()
    {
        OnnxModel model = PassCheck.Rewrite(new CommonSubexpressions(), Branches(
            Input().Node("Abs", "x -> s"),
            t => t.Node("Abs", "x -> a").Node("Add", "a s -> t").Output("t")));

        Assert.Equal(["Add"], Then(model).Nodes.Select(n => n.OpType));
    }

    [Fact]
    public void What_a_branch_gives_it_computes_itself() =>
        Assert.Single(PassCheck.Decline(new CommonSubexpressions(), Branches(Input().Node("Abs", "x -> s"), t => t.Node("Abs", "x -> t").Output("t"))));

    [Fact]
    public void Two_branches_compute_for_themselves() =>
        PassCheck.Decline(new CommonSubexpressions(), Branches(
            Input().Node("Abs", "x -> s"),
            t => t.Node("Neg", "s -> a").Node("Exp", "a -> t").Output("t"),
            e => e.Node("Neg", "s -> b").Node("Tanh", "b -> e").Output("e")));

    private static void StaysApart(Tensor other) =>
        PassCheck.Decline(new DuplicateConstants(), Input().Constant("a", Tensor.Vector(0f, 0, 0)).Constant("b", other)
            .Node("Add", "x a -> y").Node("Cast", "b -> z", ("to", 1)).Output("y").Output("z").Build());

    private static ModelBuilder Input() => new ModelBuilder().Input("x", "N", 3);

    private static OnnxModel Branches(ModelBuilder outer, Action<ModelBuilder> then, Action<ModelBuilder>? otherwise = null) => outer.Input("flag", ElementType.Bool)
        .Node("If", "flag -> y", ("then_branch", Body(then)), ("else_branch", Body(otherwise ?? (e => e.Node("Neg", "s -> e").Output("e")))))
        .Output("y").Build();

    private static Graph Then(OnnxModel model) => model.Graph.Nodes[^1].Subgraphs.First();
}
