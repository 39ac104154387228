using CsCheck;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation.Functions;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Functions;

/// <summary>
/// Random layers of functions: each calls functions of the layer below it, directly or in a branch, and the lowest hold operators. The same choices, written
/// without a function, are the oracle.
/// </summary>
public sealed class RandomFunctionTests
{
    /// <summary>What one step of a function does: which function of the layer below it calls, with which slope, and whether in a branch.</summary>
    private readonly record struct Step(int Callee, float? Slope, bool InBranch);

    private static readonly Gen<Step> AStep = Gen.Select(Gen.Int[0, 1], Gen.Int[-1, 3], Gen.Bool, (callee, slope, branch) => new Step(callee, slope < 0 ? null : slope / 4f, branch));

    /// <summary>Two functions in each layer.</summary>
    private static readonly Gen<Step[][][]> Layers = AStep.Array[1, 3].Array[2].Array[0, 3];

    [Fact]
    public void Inlined_functions_compute_what_the_same_operators_compute() => Layers.Sample(
        layers =>
        {
            var builder = new ModelBuilder();
            DefineLowest(builder);
            for (int layer = 0; layer < layers.Length; layer++)
            {
                for (int i = 0; i < 2; i++)
                {
                    Define(builder, layer, i, layers[layer][i]);
                }
            }

            builder.Input("flag", ElementType.Bool).Input("x", 8).Call($"F{layers.Length - 1}_0", "flag x -> y", ("slope", 0.5f)).Output("y");
            var plain = new ModelBuilder();
            plain.Input("flag", ElementType.Bool).Input("x", 8);
            int next = 0;
            string result = Expand(plain, layers, layers.Length - 1, 0, "x", 0.5f, ref next);
            plain.Node("Identity", $"{result} -> y").Output("y");

            OnnxModel inlined = builder.BuildAsFile();
            FunctionInliner.Run(inlined, null);
            byte[] file = ModelWriter.Write(inlined);

            Assert.DoesNotContain(inlined.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes), n => n.Domain.Length > 0);
            Assert.Equal(Bytes(ModelWriter.Write(plain.Build())), Bytes(file));
            Assert.Equal(file, ModelWriter.Write(ModelReader.Read(file)));
        },
        iter: 60);

    /// <summary>The first has a default for its slope; the second one's slope is that of the operator where no call gives one, 0.01.</summary>
    private static void DefineLowest(ModelBuilder builder) => builder
        .Function("F-1_0", "flag a -> y", f => f.Node("LeakyRelu", "a -> l", ("alpha", Reference("slope", AttributeKind.Float))).Node("Neg", "l -> y"), defaults: NodeAttribute.Of("slope", 0.75f))
        .Function("F-1_1", "flag a -> y", f => f.Node("LeakyRelu", "a -> l", ("alpha", Reference("slope", AttributeKind.Float))).Node("Add", "l a -> y"), attributes: "slope");

    private static void Define(ModelBuilder builder, int layer, int index, Step[] steps) => builder.Function(
        $"F{layer}_{index}",
        $"flag v0 -> v{steps.Length}",
        f =>
        {
            for (int i = 0; i < steps.Length; i++)
            {
                // A step without a number of its own gives on what its function was given, if anything.
                (string, object) slope = ("slope", steps[i].Slope is { } number ? number : Reference("slope", AttributeKind.Float));
                string callee = $"F{layer - 1}_{steps[i].Callee}";
                string input = $"v{i}";
                _ = steps[i].InBranch
                    ? f.Node("If", $"flag -> v{i + 1}", ("then_branch", Body(b => b.Call(callee, $"flag {input} -> t", slope).Output("t"))), ("else_branch", Body(b => b.Call(callee, $"flag {input} -> e", slope).Output("e"))))
                    : f.Call(callee, $"flag {input} -> v{i + 1}", slope);
            }
        },
        attributes: "slope");

    private static string Expand(ModelBuilder plain, Step[][][] layers, int layer, int index, string input, float? slope, ref int next)
    {
        if (layer < 0)
        {
            string leaky = $"n{next++}";
            string output = $"n{next++}";
            plain.Node("LeakyRelu", $"{input} -> {leaky}", ("alpha", slope ?? (index == 0 ? 0.75f : 0.01f)));
            _ = index == 0 ? plain.Node("Neg", $"{leaky} -> {output}") : plain.Node("Add", $"{leaky} {input} -> {output}");
            return output;
        }

        foreach (Step step in layers[layer][index])
        {
            input = Expand(plain, layers, layer - 1, step.Callee, input, step.Slope ?? slope, ref next);
        }

        return input;
    }

    private static byte[][] Bytes(byte[] model) => [.. PassCheck.Results(model).Select(t => t.Bytes.ToArray())];
}
