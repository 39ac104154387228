using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Names;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Names;

public sealed class NodeNamesTests
{
    [Fact]
    public void Node_without_a_name_is_called_by_its_operator_and_output()
    {
        OnnxModel model = Named(("Relu", "x -> a", ""), ("Neg", "a -> y", "last"));

        Assert.Equal(["Relu(a)", "last"], Names(PassCheck.Rewrite(new NodeNames(), model)));
    }

    /// <summary>ONNX Runtime refuses such a file, but passes may make it of one that it takes.</summary>
    [Fact]
    public void Further_node_of_the_same_name_gets_a_number_that_is_free()
    {
        OnnxModel model = Named(("Relu", "x -> a", "n"), ("Neg", "a -> b", "n #2"), ("Abs", "b -> c", "n"), ("Neg", "c -> y", "n"));

        Assert.True(new NodeNames().Apply(model, []));

        Assert.Equal(["n", "n #2", "n #3", "n #4"], Names(model));
        Assert.False(new NodeNames().Apply(model, []));
    }

    [Fact]
    public void Nodes_of_branches_count()
    {
        OnnxModel model = new ModelBuilder().Input("x", 2).Input("c", ElementType.Bool)
            .Node("If", "c -> y", ("then_branch", Body(b => b.Node("Neg", "x -> t").Output("t"))), ("else_branch", Body(b => b.Node("Neg", "x -> e").Output("e"))))
            .Output("y").Build();
        foreach (Node node in model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes))
        {
            node.Name = "n";
        }

        Assert.Equal(["n", "n #2", "n #3"], Names(PassCheck.Rewrite(new NodeNames(), model)));
    }

    [Fact]
    public void Names_that_tell_nodes_apart_stay() => Assert.Empty(PassCheck.Decline(new NodeNames(), Named(("Relu", "x -> a", "p"), ("Neg", "a -> y", "q"))));

    private static OnnxModel Named(params (string OpType, string Edges, string Name)[] nodes)
    {
        var builder = new ModelBuilder().Input("x", 2, 3);
        foreach ((string opType, string edges, _) in nodes)
        {
            builder.Node(opType, edges);
        }

        OnnxModel model = builder.Output("y").Build();
        foreach ((Node node, (_, _, string name)) in model.Graph.Nodes.Zip(nodes))
        {
            node.Name = name;
        }

        return model;
    }

    private static string[] Names(OnnxModel model) => [.. model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).Select(n => n.Name)];
}
