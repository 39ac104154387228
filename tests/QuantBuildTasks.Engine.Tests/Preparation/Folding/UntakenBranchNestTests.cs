using CsCheck;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Preparation.Folding;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Folding;

/// <summary>Random Ifs in Ifs, some of whose conditions are constant.</summary>
public sealed class UntakenBranchNestTests
{
    private static readonly UntakenBranchRemoval Pass = new();

    [Fact]
    public void Any_nest_of_branches_keeps_its_results() => Gen.Int[0, int.MaxValue].Sample(
        seed =>
        {
            byte[] before = ModelWriter.Write(Nest(new Random(seed)));
            OnnxModel model = ModelReader.Read(before);
            Pass.Apply(model, []);
            byte[] after = ModelWriter.Write(model);

            Assert.DoesNotContain(model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes), n => n.Is("If") && n.Input(0)!.Constant is not null);
            Assert.False(Pass.Apply(model, []));
            Assert.Equal(Names(model), Names(ModelReader.Read(after)));
            Assert.Equal(PassCheck.Results(before).Select(r => Convert.ToHexString(r.Bytes.Span)), PassCheck.Results(after).Select(r => Convert.ToHexString(r.Bytes.Span)));
        },
        iter: 60);

    /// <summary>A reader renames a value that hides one around it.</summary>
    private static string[] Names(OnnxModel model) => [.. model.Graph.SelfAndSubgraphs().SelectMany(g => g.Values).Select(v => v.Name).Order(StringComparer.Ordinal)];

    private static OnnxModel Nest(Random random)
    {
        OnnxModel model = new ModelBuilder().Input("x", 2, 3).Input("open", ElementType.Bool).Constant("yes", Tensor.Scalar(true)).Constant("no", Tensor.Scalar(false)).Build();
        List<Value> values = [model.Graph.Find("x")!];
        Value last = Steps(model.Graph, values, random, depth: 3);
        foreach (Value output in values.Skip(1).Where(v => v.Graph == model.Graph && random.Next(3) == 0).Append(last).Distinct())
        {
            (output.Type, output.Shape) = (ElementType.Float32, new Shape(2, 3));
            model.Graph.AddOutput(output);
        }

        return model;
    }

    /// <summary>Some nodes that read anything of <paramref name="values"/>, Ifs among them; values of branches that do not see each other bear the same names.</summary>
    private static Value Steps(Graph graph, List<Value> values, Random random, int depth)
    {
        int count = random.Next(1, 4);
        for (int i = 0; i < count; i++)
        {
            values.Add(random.Next(5) switch
            {
                0 => graph.Append("Neg", "v", [Any()]),
                1 => graph.Append("Add", "v", [Any(), graph.AddInitializer("w", Random($"w{random.Next(100)}", 2, 3))]),
                2 => graph.AddInitializer("w", Random($"w{random.Next(100)}", 2, 3)),
                _ when depth > 0 => graph.Append(
                    "If",
                    "v",
                    [graph.Find(random.Next(4) switch { 0 => "open", 1 => "no", _ => "yes" })!],
                    NodeAttribute.Of("then_branch", Branch(graph, [.. values], random, depth - 1)),
                    NodeAttribute.Of("else_branch", Branch(graph, [.. values], random, depth - 1))),
                _ => graph.Append("Mul", "v", [Any(), Any()]),
            });
            if (values[^1].Producer is { } node)
            {
                // ONNX Runtime refuses two nodes of one name in a graph.
                node.Name = values[^1].Name;
            }
        }

        return values[^1];

        Value Any() => values[random.Next(values.Count)];
    }

    private static Graph Branch(Graph around, List<Value> values, Random random, int depth)
    {
        var branch = new Graph("branch") { Parent = around };
        Value result = Steps(branch, values, random, depth);
        result.Type = ElementType.Float32;
        branch.AddOutput(result);
        return branch;
    }
}
