using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation;

public sealed class NodeNamesTests
{
    [Fact]
    public void Node_without_a_name_is_called_by_its_operator_and_output()
    {
        OnnxModel model = Named(("Relu", "x -> a", ""), ("Neg", "a -> y", "last"));

        Assert.Equal(["Relu(a)", "last"], Names(PassCheck.Rewrite(new NodeNames(), model)));
    }

    [Fact]
    public void Further_node_of_the_same_name_gets_a_number_that_is_free()
    {
        OnnxModel model = Named(("Relu", "x -> a", "n"), ("Neg", "a -> b", "n #2"), ("Abs", "b -> c", "n"), ("Neg", "c -> y", "n"));

        Assert.Equal(["n", "n #2", "n #3", "n #4"], Names(PassCheck.Rewrite(new NodeNames(), model)));
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

    [Fact]
    public void Layers_of_the_same_name_are_both_quantized()
    {
        OnnxModel model = new ModelBuilder().Input("x", 1, 2, 6, 6).Weight("v", 3, 2, 3, 3).Weight("w", 2, 3, 3, 3)
            .Node("Conv", "x v -> a").Node("Conv", "a w -> y").Output("y").Build();
        Array.ForEach([.. model.Graph.Nodes], n => n.Name = "conv");

        OnnxModel prepared = new Preparer(new OrtInference()).Run(model).Model;
        QuantizationPlan plan = Planner.Plan(prepared.Graph, BuiltInProfiles.X64Vnni, _ => (-1, 1), _ => null);
        PlanRewriter.Rewrite(prepared, plan);

        Assert.All(plan.Nodes, n => Assert.Equal(NodePrecision.Integer, n.Precision));
        Assert.Equal(2, plan.Weights.Select(w => w.Node).Distinct().Count(n => n.StartsWith("conv", StringComparison.Ordinal)));
    }

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
