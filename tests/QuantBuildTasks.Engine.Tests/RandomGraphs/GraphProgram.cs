using System.Text;
using CsCheck;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>
/// How a random graph is built, step by step. Any list of steps is a graph: a step that finds no value to work on adds nothing, so that
/// leaving steps out makes a smaller graph and never an invalid one.
/// </summary>
/// <param name="Kind">Index in <see cref="Steps.All"/>.</param>
/// <param name="A">Which value it reads: 0 is the newest that suits.</param>
/// <param name="B">A choice of form.</param>
/// <param name="C">Another choice of form.</param>
/// <param name="Inner">Steps of a branch or loop body; empty where there is none.</param>
internal sealed record Step(int Kind, int A, int B, int C, IReadOnlyList<Step> Inner)
{
    public override string ToString() => $"{Steps.All[Kind].Name} {A} {B} {C}{(Inner.Count == 0 ? "" : $" {{ {string.Join("; ", Inner)} }}")}";
}

/// <summary>A whole random graph.</summary>
/// <param name="Opset">Version of the operator set.</param>
/// <param name="Form">Bit 0: the batch is symbolic. Bit 1: values that nothing reads are no outputs, except the last.</param>
/// <param name="Steps">In order.</param>
internal sealed record GraphProgram(int Opset, int Form, IReadOnlyList<Step> Steps)
{
    private static readonly Gen<int> Value = Gen.Frequency((3, Gen.Const(0)), (2, Gen.Int[0, 2]), (1, Gen.Int[0, 20]));

    public static Gen<GraphProgram> Of(int lowestOpset, int highestOpset) =>
        Gen.Select(Gen.Int[lowestOpset, highestOpset], Gen.Int[0, 3], StepOf(depth: 2).Array[1, 12]).Select((opset, form, steps) => new GraphProgram(opset, form, steps));

    public override string ToString() =>
        new StringBuilder().Append(System.Globalization.CultureInfo.InvariantCulture, $"opset {Opset}, form {Form}").AppendJoin("", Steps.Select(s => $"\n  {s}")).ToString();

    private static Gen<Step> StepOf(int depth)
    {
        Gen<IReadOnlyList<Step>> inner = depth == 0 ? Gen.Const((IReadOnlyList<Step>)[]) : StepOf(depth - 1).Array[0, 4].Select(s => (IReadOnlyList<Step>)s);
        return Gen.Select(Gen.Int[0, RandomGraphs.Steps.All.Count - 1], Value, Gen.Int[0, 23], Gen.Int[0, 23], inner).Select((kind, a, b, c, body) =>
            new Step(kind, a, b, c, RandomGraphs.Steps.All[kind].HasBody ? body : []));
    }
}
