using CsCheck;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Model;

public sealed class GraphEditTests
{
    [Fact]
    public void Producers_and_uses_stay_true_whatever_is_edited()
    {
        Gen.Select(Gen.Int[0, 8], Gen.Int[0, 1000], Gen.Int[0, 1000], Gen.Int[0, 3]).Array[1, 40].Sample(
            edits =>
            {
                Graph graph = Start();
                foreach ((int kind, int a, int b, int index) in edits)
                {
                    Edit(graph, kind, a, b, index);
                    AssertConsistent(graph);
                }
            },
            iter: 150);
    }

    [Fact]
    public void A_name_that_is_taken_gets_a_number()
    {
        Graph graph = new ModelBuilder().Input("x", 1).Node("If", "x -> y", ("then_branch", Body(b => b.Node("Neg", "x -> inside").Output("inside")))).Graph;

        Assert.Equal("x_1", graph.AddValue("x").Name);
        Assert.Equal("x_2", graph.AddValue("x").Name);
        Assert.Equal("inside_1", graph.AddValue("inside").Name);
        Assert.Equal("y_1", graph.Nodes[0].Subgraphs.First().AddValue("y").Name);
    }

    [Fact]
    public void A_value_of_a_branch_that_hides_an_outer_one_gives_its_name_up()
    {
        var hiding = new Graph("then");
        var model = new ModelBuilder().Input("flag", ElementType.Bool).Input("x", 1).Node("Neg", "x -> n").Build();
        hiding.AddOutput(hiding.Append("Abs", "n", [model.Graph.Find("x")]));
        model.Graph.AddOutput(model.Graph.Append("If", "y", [model.Graph.Find("flag")], NodeAttribute.Of("then_branch", hiding)));

        OnnxModel read = ModelReader.Read(ModelWriter.Write(model));

        Assert.NotEqual("n", read.Graph.Nodes[^1].Subgraphs.First().Outputs[0].Name);
    }

    [Fact]
    public void Nodes_out_of_order_are_sorted_when_read_and_others_keep_their_order()
    {
        OnnxModel model = new ModelBuilder().Input("x", 1).Node("A", "x -> a").Node("B", "a -> b").Node("C", "x -> c").Build();
        Node last = model.Graph.Nodes[2];
        model.Graph.Nodes[0].SetInput(0, last.Output());

        Assert.Equal(["C", "A", "B"], ModelReader.Read(ModelWriter.Write(model)).Graph.Nodes.Select(n => n.OpType));
    }

    [Fact]
    public void What_a_branch_reads_comes_before_its_node()
    {
        Graph graph = new ModelBuilder().Input("x", 1).Node("Late", "x -> late").Node("If", "x -> y", ("then_branch", Body(b => b.Node("Neg", "late -> t").Output("t")))).Graph;
        Node producer = graph.Nodes[0];
        Value late = producer.Output();
        graph.Insert(2, "Late", "", "", [graph.Find("x")], [late]);
        graph.Remove(producer);

        graph.Sort();

        Assert.Equal(["Late", "If"], graph.Nodes.Select(n => n.OpType));
    }

    [Fact]
    public void A_replaced_or_removed_branch_reads_nothing_any_more()
    {
        OnnxModel model = new ModelBuilder().Input("x", 1).Node("If", "x -> y", ("then_branch", Body(b => b.Node("Neg", "x -> t").Output("t"))), ("else_branch", Body(b => b.Node("Abs", "x -> e").Output("e")))).Build();
        Node branches = model.Graph.Nodes[0];

        branches.SetAttribute(NodeAttribute.Of("then_branch", new Graph("empty")));
        branches.RemoveAttribute("else_branch");

        Assert.Equal([new Use(branches, 0)], model.Graph.Find("x")!.Uses);
    }

    [Fact]
    public void Outputs_left_out_at_the_end_stay_until_they_are_taken_away()
    {
        Graph graph = new ModelBuilder().Input("x", 6).Node("Split", "x -> a _ c _").Output("a").Graph;
        Node split = graph.Nodes[0];

        split.SetOutput(0, graph.AddValue("b"));
        Assert.Equal(4, split.Outputs.Count);

        split.SetOutput(3, null);
        Assert.Equal(3, split.Outputs.Count);
        split.SetOutput(2, null);
        Assert.Single(split.Outputs);
    }

    [Fact]
    public void A_value_in_use_cannot_be_removed()
    {
        Graph graph = new ModelBuilder().Input("x", 1).Node("Neg", "x -> y").Output("y").Graph;

        Assert.Throws<InvalidOperationException>(() => graph.Remove(graph.Find("x")!));
        Assert.Throws<InvalidOperationException>(() => graph.Remove(graph.Find("y")!));
    }

    private static Graph Start() => new ModelBuilder().Input("x", 2).Weight("w", 2).Weight("v", 2)
        .Node("Add", "x w -> a").Node("Split", "a -> b c").Node("Mul", "b c -> d")
        .Node("If", "d -> e", ("then_branch", Body(b => b.Node("Sub", "a v -> t").Output("t"))), ("else_branch", Body(b => b.Node("Neg", "d -> u").Output("u"))))
        .Output("e").Output("c").Graph;

    private static void Edit(Graph graph, int kind, int a, int b, int index)
    {
        Value[] values = [.. graph.Values];
        Node? node = graph.Nodes.Count == 0 ? null : graph.Nodes[a % graph.Nodes.Count];
        Value value = values[b % values.Length];
        switch (kind)
        {
            case 0:
                node?.SetInput(index, value);
                break;
            case 1:
                node?.SetInput(index, null);
                break;
            case 2 when !value.IsGraphInput && value.Initializer is null:
                node?.SetOutput(index, value);
                break;
            case 3:
                graph.Append("Relu", "new", [value]);
                break;
            case 4 when node is not null:
                graph.Remove(node);
                break;
            case 5:
                value.ReplaceUsesBy(values[a % values.Length]);
                break;
            case 6 when node is { Outputs: [not null] }:
                graph.TryBypass(node, value == node.Output() ? graph.Inputs[0] : value);
                break;
            case 7:
                graph.Rename(value, values[a % values.Length].Name);
                break;
            case 8:
                node?.SetConstant(index, Tensor.Scalar(1f), "constant");
                break;
            default:
                graph.AddOutput(value);
                break;
        }
    }

    private static void AssertConsistent(Graph root)
    {
        Graph[] graphs = [.. root.SelfAndSubgraphs()];
        Use[] reads = [.. from graph in graphs from node in graph.Nodes from i in Enumerable.Range(0, node.Inputs.Count) where node.Inputs[i] is not null select new Use(node, i)];
        Value[] values = [.. graphs.SelectMany(g => g.Values)];
        foreach (Value value in values)
        {
            Assert.Equal(reads.Where(r => r.Node.Inputs[r.Index] == value).ToHashSet(), value.Uses.ToHashSet());
            Assert.Equal(value.Uses.Count, value.Uses.Distinct().Count());
            Assert.Equal(graphs.SelectMany(g => g.Outputs).Contains(value), value.IsGraphOutput);
            Assert.Same(value, value.Graph.Find(value.Name));
            Node[] producers = [.. graphs.SelectMany(g => g.Nodes).Where(n => n.Outputs.Contains(value))];
            Assert.Equal(value.Producer, producers.SingleOrDefault());
        }

        Assert.Equal(values.Length, values.Select(v => (v.Graph, v.Name)).Distinct().Count());
        Assert.All(reads, r => Assert.Contains(r.Node.Inputs[r.Index]!, values));
    }
}
