using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Pipeline.Variants;

/// <summary>What a message about an untaken branch advises to pin.</summary>
public sealed class BranchFindingTests
{
    private const string LeaveOut = "or leave it out of the model";

    [Fact]
    public void Nothing_is_said_where_all_branches_are_taken() =>
        Assert.Null(BranchFinding.Of(Plan(), Net("rate", "Neg x -> e").Graph, BuiltInProfiles.Cuda));

    [Fact]
    public void The_one_element_that_decides_is_what_to_pin() =>
        Assert.Contains("PinnedInputs=\"rate=…\"", Text(Net("rate", "Neg x -> e"), "Neg_e"), StringComparison.Ordinal);

    [Fact]
    public void An_If_inside_of_the_untaken_branch_decides_nothing()
    {
        OnnxModel model = Flags("then_branch", b => b
            .Node("Neg", "x -> n")
            .Node("If", "long -> i", Branches("Sin n -> it", "Cos n -> ie")).Output("i"));

        Assert.Contains("PinnedInputs=\"rate=…\"", Text(model, "Neg_n", "Sin_it", "Cos_ie"), StringComparison.Ordinal);
    }

    [Fact]
    public void An_If_of_which_no_branch_was_taken_decides_nothing() =>
        Assert.Contains(
            "PinnedInputs=\"rate=…\"",
            Text(Flags("then_branch", b => b.Node("If", "long -> i", Branches("Sin x -> it", "Cos x -> ie")).Output("i")), "Sin_it", "Cos_ie"),
            StringComparison.Ordinal);

    [Fact]
    public void An_If_inside_of_the_taken_branch_decides_about_its_own() =>
        Assert.Contains(LeaveOut, Text(Flags("then_branch", b => b.Node("If", "long -> i", Branches("Sin x -> it", "Cos x -> ie")).Output("i")), "Sin_it"), StringComparison.Ordinal);

    [Theory]
    [InlineData("x")]
    [InlineData("many")]
    public void An_input_of_many_elements_is_not_what_to_pin(string input) =>
        Assert.Contains(LeaveOut, Text(Net(input, "Neg x -> e"), "Neg_e"), StringComparison.Ordinal);

    [Fact]
    public void Two_inputs_that_decide_together_are_not_what_to_pin()
    {
        OnnxModel model = Inputs().Input("mode", ElementType.Int64, 1).Node("Equal", "rate mode -> flag").Node("If", "flag -> y", Branches("Abs x -> t", "Neg x -> e")).Output("y").Build();

        Assert.Contains(LeaveOut, Text(model, "Neg_e"), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_condition_reads_inside_of_another_If_counts()
    {
        OnnxModel model = Inputs().Node("Cast", "rate -> fast", ("to", (int)ElementType.Bool))
            .Node("If", "fast -> flag", Branches("Cast x -> ct", "Cast many -> ce")).Node("If", "flag -> y", Branches("Abs x -> t", "Neg x -> e")).Output("y").Build();

        Assert.Contains(LeaveOut, Text(model, "Neg_e"), StringComparison.Ordinal);
    }

    /// <summary>An If on <c>rate</c> with the given branch; the other one takes the absolute value. <c>long</c> depends on the length of the audio.</summary>
    private static OnnxModel Flags(string branch, Action<ModelBuilder> body) => Inputs()
        .Node("Size", "x -> size").Node("Cast", "size -> long", ("to", (int)ElementType.Bool)).Node("Cast", "rate -> flag", ("to", (int)ElementType.Bool))
        .Node("If", "flag -> y", (branch, Body(body)), ("else_branch", Branch("Abs x -> e"))).Output("y").Build();

    private static OnnxModel Net(string input, string otherwise) => Inputs()
        .Node("Size", $"{input} -> size").Node("Cast", $"{(input == "rate" ? "rate" : "size")} -> flag", ("to", (int)ElementType.Bool))
        .Node("If", "flag -> y", Branches("Abs x -> t", otherwise)).Output("y").Build();

    private static ModelBuilder Inputs() => new ModelBuilder().Input("x", "N", 3).Input("many", ElementType.Int64, 2).Input("rate", ElementType.Int64);

    private static (string Name, object Value)[] Branches(string then, string otherwise) => [("then_branch", Branch(then)), ("else_branch", Branch(otherwise))];

    /// <summary>A branch of one node, written as <c>Relu x -> t</c>.</summary>
    private static Action<ModelBuilder> Branch(string line) => Body(b => b.Node(line.Split(' ')[0], line[line.IndexOf(' ', StringComparison.Ordinal)..]).Output(line.Split(' ')[^1]));

    private static string Text(OnnxModel model, params string[] untaken) => BranchFinding.Of(Plan(untaken), model.Graph, BuiltInProfiles.Cuda)!.Text;

    private static QuantizationPlan Plan(params string[] untaken) => new()
    {
        Profile = "cuda",
        Activations = [],
        Weights = [],
        Nodes = [.. untaken.Select(n => new NodeDecision(n, n[..n.IndexOf('_', StringComparison.Ordinal)], NodePrecision.Float32, Subgraph.Untaken, null, 0))],
    };
}
