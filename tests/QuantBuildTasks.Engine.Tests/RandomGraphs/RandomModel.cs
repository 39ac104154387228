using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>The model of a program.</summary>
internal static class RandomModel
{
    private const long Batch = 2;

    /// <summary>A picture, a vector and a flag go in; what nothing reads, and some of what is read, comes out.</summary>
    public static OnnxModel Build(GraphProgram program)
    {
        Dimension batch = program.Form % 2 == 0 ? Batch : "N";
        var builder = new ModelBuilder(program.Opset);
        builder.Input("x", batch, 3, 5, 5).Input("v", batch, 6).Input(BodySteps.Flag, ElementType.Bool);
        var scope = new GraphScope(builder, program.Opset);
        scope.Add(new Held("v", [Batch, 6]));
        scope.Add(new Held("x", [Batch, 3, 5, 5]));
        scope.Run(program.Steps);

        Held[] computed = [.. scope.Own.Where(v => builder.Graph.Find(v.Name)!.Producer is not null)];
        if (computed.Length == 0)
        {
            scope.Add("Neg", "x", [Batch, 3, 5, 5]);
            computed = [scope.Own[^1]];
        }

        foreach (Held value in computed.Where((v, i) => IsOutput(builder.Graph.Find(v.Name)!, i, v == computed[^1], program.Form)))
        {
            builder.Output(value.Name);
        }

        return builder.BuildAsFile();
    }

    /// <summary>Numbers for the inputs.</summary>
    public static IReadOnlyDictionary<string, Tensor> Inputs(bool flag) => new Dictionary<string, Tensor>
    {
        ["x"] = ModelBuilder.Random("x", Batch, 3, 5, 5),
        ["v"] = ModelBuilder.Random("v", Batch, 6),
        [BodySteps.Flag] = Tensor.Scalar(flag),
    };

    private static bool IsOutput(Value value, int index, bool isLast, int form) =>
        isLast || (value.Uses.Count == 0 && form < 2) || index % 4 == 3;
}
