using CsCheck;
using QuantBuildTasks.Engine.Model;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

/// <summary>Chains of operators of old forms on a [2, 3, 4] tensor, in the main graph and in branches, keep their results at every target.</summary>
public sealed class RandomGraphTests
{
    /// <summary>Each adds nodes of opset 9 that read a [2, 3, 4] value and give another.</summary>
    private static readonly Action<ModelBuilder, string, string>[] Links =
    [
        (b, x, y) => b.Node("Softmax", $"{x} -> {y}", ("axis", 1)),
        (b, x, y) => b.Node("LogSoftmax", $"{x} -> {y}", ("axis", 2)),
        (b, x, y) => b.Node("Softmax", $"{x} -> {y}", ("axis", 0)),
        (b, x, y) => b.Node("Clip", $"{x} -> {y}", ("min", -0.7f), ("max", 0.6f)),
        (b, x, y) => b.Node("Dropout", $"{x} -> {y}", ("ratio", 0.3f)),
        (b, x, y) => b.Node("Pad", $"{x} -> {y}_p", ("pads", Ints(0, 1, 0, 0, 0, 1)), ("value", 0.5f))
            .Node("Slice", $"{y}_p -> {y}", ("starts", Ints(0, 1)), ("ends", Ints(3, 5)), ("axes", Ints(1, 2))),
        (b, x, y) => b.Node("ReduceMean", $"{x} -> {y}_m", ("axes", Ints(1))).Node("Sub", $"{x} {y}_m -> {y}"),
        (b, x, y) => b.Node("ReduceSum", $"{x} -> {y}_s", ("axes", Ints(0, 2)), ("keepdims", 1)).Node("Add", $"{x} {y}_s -> {y}"),
        (b, x, y) => b.Node("Unsqueeze", $"{x} -> {y}_u", ("axes", Ints(0))).Node("Squeeze", $"{y}_u -> {y}", ("axes", Ints(0))),
        (b, x, y) => b.Node("Split", $"{x} -> {y}_a {y}_b", ("axis", 1), ("split", Ints(1, 2))).Node("Concat", $"{y}_b {y}_a -> {y}", ("axis", 1)),
        (b, x, y) => b.Node("Split", $"{x} -> {y}_a {y}_b", ("axis", 2)).Node("Concat", $"{y}_b {y}_a -> {y}", ("axis", 2)),
        (b, x, y) => b.Node("TopK", $"{x} -> {y} {y}_i", ("k", 4), ("axis", 2)),
        (b, x, y) => b.Node("Upsample", $"{x} {y}_scales -> {y}_up").Node("Slice", $"{y}_up -> {y}", ("starts", Ints(1)), ("ends", Ints(5)), ("axes", Ints(2))),
    ];

    private static readonly Gen<int[]> Chain = Gen.Int[0, Links.Length - 1].Array[1, 6];

    [Fact]
    public void Chains_keep_their_results() => Gen.Select(Chain, Chain, Gen.Int[10, 23]).Sample(
        (outside, inside, target) =>
        {
            ModelBuilder builder = new ModelBuilder(9).Input("x", 2, 3, 4).Input("choice", ElementType.Bool);
            string last = Append(builder, "x", "o", outside);
            builder.Node(
                "If",
                "choice -> y",
                ("then_branch", Body(b => b.Output(Append(b, last, "t", inside)))),
                ("else_branch", Body(b => b.Output(Append(b, last, "e", [.. inside.Reverse()])))));
            UpgradeCheck.Same(builder.Output(last).Output("y"), target);
        },
        iter: 100);

    private static string Append(ModelBuilder builder, string from, string prefix, int[] chain)
    {
        for (int i = 0; i < chain.Length; i++)
        {
            string to = $"{prefix}{i}";
            builder.Constant($"{to}_scales", Tensor.Vector(1f, 1, 1.5f));
            Links[chain[i]](builder, from, to);
            from = to;
        }

        return from;
    }
}
