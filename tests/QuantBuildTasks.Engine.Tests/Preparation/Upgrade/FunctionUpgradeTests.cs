using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

/// <summary>The bodies of functions, where the upgrade runs on a model that still has them.</summary>
public sealed class FunctionUpgradeTests
{
    [Fact]
    public void Bodies_are_upgraded_each_from_its_own_operator_set()
    {
        // ONNX Runtime would read the old bodies in the model's operator set.
        OnnxModel upgraded = UpgradeCheck.Upgrade(new ModelBuilder(17)
            .Function("Old", "a -> y", f => f.Node("Unsqueeze", "a -> u", ("axes", Ints(0))).Node("ReduceMean", "u -> y", ("axes", Ints(1))), opset: 11)
            .Function("Newer", "a -> y", f => f.Node("ReduceMax", "a -> y", ("axes", Ints(1))), opset: 13)
            .Input("x", 2, 3).Call("Old", "x -> u").Call("Newer", "u -> y").Output("y"));
        OnnxModel plain = new ModelBuilder(11).Input("x", 2, 3).Node("Unsqueeze", "x -> o", ("axes", Ints(0))).Node("ReduceMean", "o -> u", ("axes", Ints(1))).Node("ReduceMax", "u -> y", ("axes", Ints(1))).Output("y").Build();

        PassCheck.AssertEqualResults(ModelWriter.Write(plain), ModelWriter.Write(upgraded), Fidelity.KernelOrder);
        Assert.All(upgraded.Functions, f => Assert.Equal(21, f.Opsets[""]));
        Assert.Equal(["Constant", "Constant", "Unsqueeze", "ReduceMean"], upgraded.Functions[0].Body.Nodes.Select(n => n.OpType));
        Assert.Empty(upgraded.Functions[0].Body.Initializers);
    }

    [Fact]
    public void Constants_in_a_branch_of_a_body_stay_in_the_branch() => UpgradeCheck.Same(new ModelBuilder(11)
        .Function(
            "Choose",
            "flag a -> y",
            f => f.Node("If", "flag -> y", ("then_branch", Body(b => b.Node("Unsqueeze", "a -> t", ("axes", Ints(0))).Output("t"))), ("else_branch", Body(b => b.Node("Unsqueeze", "a -> e", ("axes", Ints(1))).Output("e")))))
        .Input("flag", ElementType.Bool).Input("x", 2).Call("Choose", "flag x -> y").Output("y"));

    [Fact]
    public void A_call_of_a_function_of_an_operators_name_stays()
    {
        ModelBuilder builder = new ModelBuilder(11).Function("Hidden", "a -> y", f => f.Node("Neg", "a -> y")).Input("x", 2).Call("Hidden", "x -> y").Output("y");
        OnnxModel model = builder.Build();
        LocalFunction function = model.Functions[0];
        model.Functions[0] = new LocalFunction(new FunctionId("", "Softmax", ""), function.Body);
        model.Functions[0].Opsets[""] = 11;
        Node call = model.Graph.Nodes[0];
        Value result = call.Output();
        model.Graph.Remove(call);
        model.Graph.Insert(0, "Softmax", "", "call", [model.Graph.Find("x")], [result]);

        Assert.Equal(["Softmax"], PassCheck.Operators(UpgradeCheck.Upgrade(builder)));
    }

    [Fact]
    public void An_attribute_that_becomes_an_input_and_is_a_parameter_is_refused() => Assert.Contains(
        "its attribute 'axes' is a parameter of a function",
        UpgradeCheck.Refusal(new ModelBuilder(11).Function("Old", "a -> y", f => f.Node("Unsqueeze", "a -> y", ("axes", Reference("axes", AttributeKind.Ints))), attributes: "axes")
            .Input("x", 2).Call("Old", "x -> y", ("axes", Ints(0))).Output("y")),
        StringComparison.Ordinal);
}
