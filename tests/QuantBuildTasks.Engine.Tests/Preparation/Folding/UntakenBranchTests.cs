using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Folding;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Folding;

public sealed class UntakenBranchTests
{
    private static readonly UntakenBranchRemoval Pass = new();

    [Theory]
    [InlineData(true, "Relu")]
    [InlineData(false, "Neg")]
    public void The_branch_that_is_taken_stands_in_the_place_of_the_If(bool flag, string opType)
    {
        OnnxModel model = Known(flag).Node("Abs", "x -> a")
            .Node("If", "flag -> c", ("then_branch", Body(b => b.Node("Relu", "a -> t").Output("t"))), ("else_branch", Body(b => b.Node("Neg", "a -> e").Output("e"))))
            .Node("Sqrt", "c -> y").Output("y").Build();

        Assert.Equal(["Abs", opType, "Sqrt"], PassCheck.Operators(PassCheck.Rewrite(Pass, model)));
    }

    [Fact]
    public void A_branch_that_gives_the_model_its_output_keeps_the_output_name()
    {
        OnnxModel rewritten = PassCheck.Rewrite(Pass, Known(true).Node("If", "flag -> y", Branches("Relu x -> t", "Neg x -> e")).Output("y").Build());

        Assert.Equal("y", Assert.Single(rewritten.Graph.Outputs).Name);
        Assert.Equal(["Relu"], PassCheck.Operators(PassCheck.Rewrite(new IdentityRemoval(), rewritten)));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("w")]
    [InlineData("a")]
    public void A_branch_may_give_what_lies_around_it(string given)
    {
        OnnxModel model = Known(true).Weight("w", 2, 3).Node("Abs", "x -> a")
            .Node("If", "flag -> c d", ("then_branch", Body(b => b.Output(given).Output(given))), ("else_branch", Body(b => b.Node("Neg", "x -> e").Output("e").Output("e"))))
            .Node("Add", "c a -> y").Output("y").Output("d").Build();

        // ONNX Runtime itself refuses a branch that gives an outer value on without an Identity; the standard does not.
        Assert.True(Pass.Apply(model, []));

        Assert.Equal(["Abs", "Identity", "Add"], PassCheck.Operators(model));
        Assert.Equal(2, PassCheck.Results(ModelWriter.Write(model)).Count);
    }

    [Fact]
    public void A_branch_may_give_a_constant_of_its_own()
    {
        OnnxModel model = Known(false)
            .Node("If", "flag -> c d", ("then_branch", Body(b => b.Node("Neg", "x -> t").Output("t").Output("t"))), ("else_branch", Body(b => b.Weight("k", 2, 3).Weight("l", 2, 3).Output("k").Output("l"))))
            .Node("Add", "c x -> y").Output("y").Output("d").Build();

        OnnxModel rewritten = PassCheck.Rewrite(Pass, model);

        Assert.Equal(["Identity", "Add"], PassCheck.Operators(rewritten));
        Assert.NotNull(rewritten.Graph.Find("k")!.Constant);
    }

    [Fact]
    public void Names_that_another_branch_has_too_get_a_number()
    {
        // Both names are legal twice: branches do not see each other.
        (string, object)[] same = [("then_branch", Body(b => b.Weight("w", 2, 3).Node("Add", "x w -> v").Output("v"))), ("else_branch", Body(b => b.Weight("w", 2, 3).Node("Sub", "x w -> v").Output("v")))];
        OnnxModel model = Known(true).Input("open", ElementType.Bool)
            .Node("If", "open -> first", same).Node("If", "flag -> second", same).Node("Add", "first second -> y").Output("y").Build();
        Graph[] branches = [.. model.Graph.Nodes[0].Subgraphs];

        OnnxModel rewritten = PassCheck.Rewrite(Pass, model);

        Assert.Equal(["If", "Add", "Add"], PassCheck.Operators(rewritten));
        Assert.Equal(2, branches.Length);
        Assert.Equal(["x", "w_1"], rewritten.Graph.Nodes[1].Inputs.Select(i => i!.Name));
    }

    [Fact]
    public void Nodes_of_one_name_are_told_apart_by_a_number()
    {
        OnnxModel model = Known(true).Node("Relu", "x -> a").Node("If", "flag -> c", Branches("Relu a -> t", "Neg a -> e")).Node("Neg", "c -> y").Output("y").Build();
        model.Graph.Nodes[1].Subgraphs.First().Nodes[0].Name = model.Graph.Nodes[0].Name;

        OnnxModel rewritten = PassCheck.Rewrite(Pass, model);

        Assert.Equal(["Relu_a", "Relu_a_1", "Neg_y"], rewritten.Graph.Nodes.Select(n => n.Name));
    }

    [Fact]
    public void Ifs_within_the_branch_are_taken_too()
    {
        OnnxModel model = Known(true)
            .Node(
                "If",
                "flag -> c",
                ("then_branch", Body(b => b.Node("Abs", "x -> a").Node("If", "flag -> i", Branches("Relu a -> tt", "Neg a -> te")).Node("Sqrt", "i -> t").Output("t"))),
                ("else_branch", Body(b => b.Node("Neg", "x -> e").Output("e"))))
            .Node("Neg", "c -> y").Output("y").Build();

        Assert.Equal(["Abs", "Relu", "Sqrt", "Neg"], PassCheck.Operators(PassCheck.Rewrite(Pass, model)));
    }

    [Fact]
    public void A_branch_that_gives_the_condition_of_another_If_decides_that_too()
    {
        OnnxModel model = Known(true)
            .Node(
                "If",
                "flag -> next",
                ("then_branch", Body(b => b.Constant("no", Tensor.Scalar(false)).Output("no"))),
                ("else_branch", Body(b => b.Constant("yes", Tensor.Scalar(true)).Output("yes"))))
            .Input("open", ElementType.Bool)
            .Node("If", "open -> y", ("then_branch", Body(b => b.Node("If", "next -> tt", Branches("Relu x -> ttt", "Neg x -> tte")).Output("tt"))), ("else_branch", Body(b => b.Node("Abs", "x -> e").Output("e"))))
            .Output("y").Build();

        OnnxModel rewritten = PassCheck.Rewrite(Pass, model);

        Assert.Equal("Neg", rewritten.Graph.Nodes[0].Subgraphs.First().Nodes[0].OpType);
    }

    [Fact]
    public void An_If_that_stays_keeps_reading_what_moved_up()
    {
        OnnxModel model = Known(true).Input("open", ElementType.Bool)
            .Node(
                "If",
                "flag -> c",
                ("then_branch", Body(b => b.Node("Abs", "x -> a").Node("If", "open -> t", Branches("Sqrt a -> tt", "Neg a -> te")).Output("t"))),
                ("else_branch", Body(b => b.Node("Neg", "x -> e").Output("e"))))
            .Node("Neg", "c -> y").Output("y").Build();

        OnnxModel rewritten = PassCheck.Rewrite(Pass, model);

        Assert.Equal(["Abs", "If", "Neg"], PassCheck.Operators(rewritten));
        Assert.Same(rewritten.Graph, rewritten.Graph.Nodes[1].Subgraphs.First().Parent);
        Assert.Equal(2, rewritten.Graph.Find("a")!.Uses.Count);
    }

    [Fact]
    public void An_If_in_a_loop_body_is_replaced_there()
    {
        OnnxModel model = Known(true).Constant("three", Tensor.Scalar(3L))
            .Node("Loop", "three _ x -> y", ("body", Body(b => Round(b).Node("If", "flag -> next", Branches("Sin held -> t", "Neg held -> e")).Output("next"))))
            .Output("y").Build();

        OnnxModel rewritten = PassCheck.Rewrite(Pass, model);

        Assert.DoesNotContain(rewritten.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes), n => n.Is("If"));
    }

    [Theory]
    [InlineData(0L, true)]
    [InlineData(5L, false)]
    public void A_Loop_that_never_runs_gives_what_it_starts_with(long rounds, bool goesOn)
    {
        OnnxModel model = Known(goesOn).Constant("rounds", Tensor.Scalar(rounds)).Node("Abs", "x -> a")
            .Node("Loop", "rounds flag a -> c", ("body", Body(b => Round(b).Node("Neg", "held -> n").Output("n"))))
            .Node("Sqrt", "c -> y").Output("y").Build();

        Assert.Equal(["Abs", "Sqrt"], PassCheck.Operators(PassCheck.Rewrite(Pass, model)));
    }

    [Fact]
    public void A_Loop_that_never_runs_stays_where_what_its_rounds_give_is_read()
    {
        OnnxModel model = Known(true).Constant("rounds", Tensor.Scalar(0L))
            .Node("Loop", "rounds flag x -> c list", ("body", Body(b => Round(b).Node("Neg", "held -> n").Output("n").Output("n"))))
            .Output("c").Output("list").Build();

        Assert.Contains("what its rounds give", Assert.Single(PassCheck.Decline(Pass, model)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_condition_that_is_not_known_stays() =>
        Assert.Empty(PassCheck.Decline(Pass, new ModelBuilder().Input("x", 2, 3).Input("flag", ElementType.Bool).Node("If", "flag -> y", Branches("Relu x -> t", "Neg x -> e")).Output("y").Build()));

    [Fact]
    public void A_result_that_may_be_a_sequence_stays_where_Identity_takes_none()
    {
        OnnxModel model = Known(true).Constant("w", Random("w", 2, 3))
            .Node(
                "If",
                "flag -> y",
                ("then_branch", Body(b => b.Node("SequenceConstruct", "x -> t").Output("t", ElementType.Undefined))),
                ("else_branch", Body(b => b.Node("SequenceConstruct", "w -> e").Output("e", ElementType.Undefined))))
            .Output("y", ElementType.Undefined).Build();
        model.Opsets[""] = 13;
        var declines = new List<Decline>();

        Assert.False(Pass.Apply(model, declines));
        Assert.Contains("no tensor", Assert.Single(declines).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_that_the_file_claims_inside_of_a_branch_are_not_believed_outside()
    {
        OnnxModel model = Known(true).Node("If", "flag -> c", Branches("Relu x -> t", "Neg x -> e")).Node("Shape", "c -> y").Output("y", ElementType.Int64).Build();
        Value claimed = model.Graph.Nodes[0].Subgraphs.First().Find("t")!;
        claimed.Shape = new Shape(9, 9);
        Assert.True(Pass.Apply(model, []));

        Assert.Null(claimed.Shape);
    }

    [Fact]
    public void What_a_known_comparison_decides_is_gone_after_preparation()
    {
        OnnxModel model = new ModelBuilder().Input("x", 2, 3).Constant("rate", Tensor.Scalar(16000L)).Constant("wanted", Tensor.Scalar(16000L)).Node("Equal", "rate wanted -> flag")
            .Node("If", "flag -> y", Branches("Relu x -> t", "Neg x -> e")).Output("y").Build();

        PreparedModel prepared = new Preparer(new OrtInference()).Run(model);

        Assert.Equal(["Relu"], PassCheck.Operators(prepared.Model));
        Assert.True(prepared.Checked);
        Assert.Empty(prepared.Diagnostics);
        Assert.Empty(ModelReader.Read(ModelWriter.Write(prepared.Model)).Graph.Initializers);
    }

    private static ModelBuilder Known(bool flag) => new ModelBuilder().Input("x", 2, 3).Constant("flag", Tensor.Scalar(flag));

    private static (string Name, object Value)[] Branches(string then, string otherwise) => [("then_branch", Branch(then)), ("else_branch", Branch(otherwise))];

    /// <summary>A branch of one node, written as <c>Relu x -> t</c>.</summary>
    private static Action<ModelBuilder> Branch(string line) => Body(b => b.Node(line.Split(' ')[0], line[line.IndexOf(' ', StringComparison.Ordinal)..]).Output(line.Split(' ')[^1]));

    /// <summary>A loop body that carries <c>held</c>, up to its first output: whether to go on.</summary>
    private static ModelBuilder Round(ModelBuilder body) => body
        .Input("round", ElementType.Int64).Input("goes", ElementType.Bool).Input("held", 2, 3).Node("Identity", "goes -> go_on").Output("go_on", ElementType.Bool);
}
