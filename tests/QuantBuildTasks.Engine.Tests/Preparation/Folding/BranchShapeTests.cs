using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Folding;
using QuantBuildTasks.Engine.Preparation.Names;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Folding;

public sealed class BranchShapeTests
{
    private static readonly ShapeInference Inference = new(new OrtInference());

    [Fact]
    public void Values_in_branches_get_type_and_shape()
    {
        OnnxModel model = WithBranches("v", "w");
        model.Graph.SelfAndSubgraphs().Last().Find("w")!.Shape = new Shape(1, 1);

        Assert.True(Inference.Apply(model, []));

        Graph[] scopes = [.. model.Graph.SelfAndSubgraphs()];
        Assert.Equal("[N, 5]", scopes[1].Find("v")!.Shape!.ToString());
        Assert.Equal(ElementType.Float32, scopes[1].Find("v")!.Type);
        Assert.Equal("[?, 4]", scopes[2].Find("w")!.Shape!.ToString());
        Assert.Equal(ElementType.Int64, scopes[2].Find("s")!.Type);
        Assert.False(Inference.Apply(model, []));
    }

    [Fact]
    public void Values_behind_a_sparse_initializer_get_types_too()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", "N", 3);
        builder.Graph.SetSparseInitializer(builder.Graph.AddValue("s"), new SparseTensor(Tensor.Vector(1f, 2f), Tensor.Vector(0L, 7L), [3, 4]));
        OnnxModel model = builder.Weight("w", 4, 5).Node("MatMul", "x s -> y").Node("MatMul", "y w -> z").Node("Relu", "z -> r").Output("r").Build();

        Assert.True(Inference.Apply(model, []));

        Assert.Equal("[N, 5]", model.Graph.Find("z")!.Shape!.ToString());
    }

    [Fact]
    public void Values_in_branches_of_branches_and_in_bodies_get_types()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 4).Input("c", ElementType.Bool).Constant("n", Tensor.Scalar(3L)).Constant("yes", Tensor.Scalar(true))
            .Node("If", "c -> i", ("then_branch", Body(b => b
                .Node("Loop", "n yes x -> l", ("body", Body(body => body
                    .Input("turn", ElementType.Int64).Input("on", ElementType.Bool).Input("carried", "N", 4)
                    .Node("Identity", "on -> go").Node("Tanh", "carried -> t").Output("go", ElementType.Bool).Output("t"))))
                .Output("l"))), ("else_branch", Body(b => b.Node("Neg", "x -> e").Output("e"))))
            .Node("Neg", "i -> y").Output("y").Build();

        Assert.True(Inference.Apply(model, []));

        Value[] values = [.. model.Graph.SelfAndSubgraphs().SelectMany(g => g.Values)];
        Assert.All(["t", "l", "e", "i"], name => Assert.Equal(ElementType.Float32, values.Single(v => v.Name == name).Type));
        Assert.Equal(ElementType.Bool, values.Single(v => v.Name == "go").Type);
    }

    [Fact]
    public void Names_that_two_branches_share_become_different_ones_and_the_first_keeps_its_own()
    {
        OnnxModel model = WithBranches("v", "v");

        Assert.True(new UniqueValueNames().Apply(model, []));

        Graph[] scopes = [.. model.Graph.SelfAndSubgraphs()];
        Assert.Equal("v", scopes[1].Outputs[0].Name);
        Assert.Equal("v_2", scopes[2].Outputs[0].Name);
        string[] nodes = [.. scopes.SelectMany(g => g.Nodes).Select(n => n.DisplayName)];
        Assert.Equal(nodes.Distinct(), nodes);
        Assert.False(new UniqueValueNames().Apply(model, []));
        Assert.NotEmpty(ModelWriter.Write(model));
    }

    [Fact]
    public void Names_that_differ_already_are_left_alone() => Assert.False(new UniqueValueNames().Apply(WithBranches("v", "w"), []));

    private static OnnxModel WithBranches(string first, string second) => new ModelBuilder().Input("x", "N", 4).Input("c", ElementType.Bool).Weight("m", 4, 5)
        .Node("If", "c -> i",
            ("then_branch", Body(b => b.Node("MatMul", $"x m -> {first}").Output(first))),
            ("else_branch", Body(b => b.Node("Shape", "x -> s").Node("Expand", $"x s -> {second}").Output(second))))
        .Node("Neg", "i -> y").Output("y").Build();
}
