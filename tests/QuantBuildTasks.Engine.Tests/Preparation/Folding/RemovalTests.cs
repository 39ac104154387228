using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Folding;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Folding;

public sealed class RemovalTests
{
    [Theory]
    [InlineData("Identity", "r -> i")]
    [InlineData("Dropout", "r ratio -> i")]
    [InlineData("Dropout", "r ratio -> i mask")]
    [InlineData("Dropout", "r ratio no -> i")]
    [InlineData("Sum", "r -> i")]
    [InlineData("Max", "r -> i")]
    public void What_gives_its_input_on_goes(string opType, string edges)
    {
        OnnxModel model = Around().Node(opType, edges).Node("Neg", "i -> y").Output("y").Build();

        Assert.Equal(["Relu", "Neg"], PassCheck.Operators(PassCheck.Rewrite(new IdentityRemoval(), model)));
    }

    [Theory]
    [InlineData("Cast", "to", 1L)]
    [InlineData("Concat", "axis", 0L)]
    public void So_do_nodes_whose_attributes_make_them_do_nothing(string opType, string attribute, long value)
    {
        OnnxModel model = Around().Node(opType, "r -> i", (attribute, value)).Node("Neg", "i -> y").Output("y").Build();

        Assert.Equal(["Relu", "Neg"], PassCheck.Operators(PassCheck.Rewrite(new IdentityRemoval(), model)));
    }

    [Fact]
    public void The_name_of_a_graph_output_passes_to_what_computes_it()
    {
        OnnxModel model = PassCheck.Rewrite(new IdentityRemoval(), Around().Node("Neg", "r -> n").Node("Identity", "r -> y").Output("y").Output("n").Build());

        Assert.Equal("y", model.Graph.Nodes[0].Output().Name);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("w")]
    [InlineData("r")]
    public void A_graph_output_that_is_another_name_for_an_input_a_constant_or_an_output_stays(string source) =>
        Assert.Single(PassCheck.Decline(new IdentityRemoval(), Around().Weight("w", 2, 3).Node("Identity", $"{source} -> y").Output("y").Output("r").Build()));

    [Fact]
    public void A_branch_that_gives_an_outer_value_on_keeps_its_Identity()
    {
        OnnxModel model = Around().Input("flag", ElementType.Bool)
            .Node("If", "flag -> y", ("then_branch", Body(b => b.Node("Identity", "r -> t").Output("t"))), ("else_branch", Body(b => b.Node("Neg", "r -> e").Output("e"))))
            .Output("y").Build();

        Assert.Single(PassCheck.Decline(new IdentityRemoval(), model));
    }

    [Fact]
    public void An_Identity_within_a_branch_goes()
    {
        OnnxModel model = Around().Input("flag", ElementType.Bool)
            .Node("If", "flag -> y", ("then_branch", Body(b => b.Node("Identity", "r -> i").Node("Abs", "i -> t").Output("t"))), ("else_branch", Body(b => b.Node("Neg", "r -> e").Output("e"))))
            .Output("y").Build();

        Assert.Equal("r", PassCheck.Rewrite(new IdentityRemoval(), model).Graph.Nodes[1].Subgraphs.First().Nodes.Single().Input(0)!.Name);
    }

    [Theory]
    [InlineData("Cast", "to", 11L)]
    [InlineData("Transpose", "perm", 1L)]
    public void What_changes_its_input_stays(string opType, string attribute, long value)
    {
        ModelBuilder builder = opType == "Transpose"
            ? Around().Node(opType, "r -> y", (attribute, Ints(value, 0)))
            : Around().Node(opType, "r -> y", (attribute, value));

        PassCheck.Decline(new IdentityRemoval(), builder.Output("y", opType == "Cast" ? ElementType.Float64 : ElementType.Float32).Build());
    }

    [Theory]
    [InlineData("r ratio yes -> y")]
    [InlineData("r ratio flag -> y")]
    public void Dropout_that_may_train_stays(string edges) =>
        Assert.Contains("training", Assert.Single(PassCheck.Decline(new IdentityRemoval(), Around().Input("flag", ElementType.Bool).Node("Dropout", edges).Output("y").Build())), StringComparison.Ordinal);

    [Fact]
    public void Dropout_whose_mask_is_read_stays() =>
        Assert.Contains("mask", Assert.Single(PassCheck.Decline(new IdentityRemoval(), Around().Node("Dropout", "r ratio -> y mask").Output("y").Output("mask", ElementType.Bool).Build())), StringComparison.Ordinal);

    [Fact]
    public void Chains_that_nothing_reads_go_with_their_constants()
    {
        OnnxModel model = PassCheck.Rewrite(new DeadNodeRemoval(), Around().Weight("w", 2, 3).Node("Add", "r w -> a").Node("Neg", "a -> b").Node("Abs", "r -> y").Output("y").Build());

        Assert.Equal(["Relu", "Abs"], PassCheck.Operators(model));
        Assert.Null(model.Graph.Find("w"));
    }

    [Fact]
    public void What_only_dead_nodes_of_a_branch_read_goes_too()
    {
        OnnxModel model = Around().Input("flag", ElementType.Bool).Weight("w", 2, 3).Node("Neg", "w -> outer")
            .Node("If", "flag -> y", ("then_branch", Body(b => b.Node("Add", "outer r -> dead").Node("Abs", "r -> t").Output("t"))), ("else_branch", Body(b => b.Node("Neg", "r -> e").Output("e"))))
            .Output("y").Build();

        OnnxModel rewritten = PassCheck.Rewrite(new DeadNodeRemoval(), model);

        Assert.Equal(["Relu", "If"], PassCheck.Operators(rewritten));
        Assert.Null(rewritten.Graph.Find("w"));
    }

    [Fact]
    public void Inputs_and_what_a_branch_reads_stay() =>
        PassCheck.Decline(new DeadNodeRemoval(), new ModelBuilder().Input("x", 2, 3).Node("Relu", "x -> r").Input("unused", 1).Input("flag", ElementType.Bool).Node("Neg", "r -> outer")
            .Node("If", "flag -> y", ("then_branch", Body(b => b.Node("Abs", "outer -> t").Output("t"))), ("else_branch", Body(b => b.Node("Neg", "r -> e").Output("e"))))
            .Output("y").Build());

    [Fact]
    public void Initializers_that_an_old_file_lists_as_inputs_become_constants()
    {
        OnnxModel model = new ModelBuilder(13).IrVersion(3).Input("x", 2, 3).Weight("w", 2, 3).Node("Add", "x w -> y").Output("y").Build();
        model.Graph.AddInput(model.Graph.Find("w")!);

        Assert.True(new DefaultedInputs().Apply(model, []));

        Assert.Equal("x", Assert.Single(model.Graph.Inputs).Name);
        Assert.NotNull(model.Graph.Find("w")!.Constant);
        Assert.Equal(4, model.IrVersion);
        Assert.False(new DefaultedInputs().Apply(model, []));
    }

    [Fact]
    public void Defaults_of_a_newer_file_stay_replaceable()
    {
        OnnxModel model = new ModelBuilder().Input("x", 2, 3).Weight("w", 2, 3).Node("Add", "x w -> y").Output("y").Build();
        model.Graph.AddInput(model.Graph.Find("w")!);

        Assert.Single(PassCheck.Decline(new DefaultedInputs(), model));
    }

    private static ModelBuilder Around() => new ModelBuilder().Input("x", 2, 3)
        .Constant("ratio", Tensor.Scalar(0.5f)).Constant("no", Tensor.Scalar(false)).Constant("yes", Tensor.Scalar(true))
        .Node("Relu", "x -> r");
}
