using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>Branches and loops, whose bodies read values and weights around them.</summary>
internal static class BodySteps
{
    /// <summary>The bool input that decides branches.</summary>
    public const string Flag = "flag";

    public static readonly StepKind[] All = [new("If", If, HasBody: true), new("If", If, HasBody: true), new("Loop", Loop, HasBody: true), new("Scan", Scan, HasBody: true)];

    /// <summary>One branch has the inner steps, the other has them in reverse. The condition is an input, computed from it, or constant.</summary>
    private static void If(GraphScope scope, Step step)
    {
        if (scope.Pick(step.A, v => v.Rank > 0) is not { } x)
        {
            return;
        }

        string condition = (step.B % 4) switch
        {
            0 => scope.Given(Tensor.Scalar(step.C % 2 == 0)),
            1 => scope.Between("Not", Flag),
            2 => scope.Between("Not", scope.Given(Tensor.Scalar(step.C % 2 == 0))),
            _ => Flag,
        };
        scope.Add(
            "If",
            condition,
            x.Dims,
            ("then_branch", ModelBuilder.Body(b => Finish(scope.Inside(b), x, step.Inner, step.C))),
            ("else_branch", ModelBuilder.Body(b => Finish(scope.Inside(b), x, [.. step.Inner.Reverse()], step.C + 1))));
    }

    /// <summary>Two rounds, in which a state of constant sizes goes through the inner steps.</summary>
    private static void Loop(GraphScope scope, Step step)
    {
        if (scope.IsInScan || scope.Pick(step.A, v => v.Rank > 0) is not { } x)
        {
            return;
        }

        string rounds = scope.Given(Tensor.Scalar(2L));
        string condition = step.B % 2 == 0 ? scope.Given(Tensor.Scalar(true)) : "_";
        scope.Add(
            "Loop",
            $"{rounds} {condition} {x.Name}",
            x.Dims,
            ("body", ModelBuilder.Body(b =>
            {
                GraphScope inside = scope.Inside(b);
                (string round, string go, Held state) = (inside.NewName("i"), inside.NewName("g"), new Held(inside.NewName("s"), x.Dims));
                b.Input(round, ElementType.Int64).Input(go, ElementType.Bool).Input(state.Name, [.. x.Dims.Select(_ => default(Dimension))]);
                inside.Add(state);
                string goOn = inside.Between("Identity", go);
                b.Output(goOn, ElementType.Bool);
                Finish(inside, state, step.Inner, step.C);
            })));
    }

    /// <summary>Over the first axis: the state is a sum, and each slice goes through the inner steps.</summary>
    private static void Scan(GraphScope scope, Step step)
    {
        if (scope.Opset < 9 || scope.Pick(step.A, v => v.Rank >= 2) is not { } x)
        {
            return;
        }

        string start = scope.Between("ReduceMax", scope.Opset < 18 ? x.Name : $"{x.Name} {scope.Ints(0)}", scope.Opset < 18 ? [("axes", ModelBuilder.Ints(0)), ("keepdims", 0)] : [("keepdims", 0)]);
        (Held last, Held slices) = (new Held(scope.NewName(), x.Dims[1..]), new Held(scope.NewName(), x.Dims));
        scope.Builder.Node(
            "Scan",
            $"{start} {x.Name} -> {last.Name} {slices.Name}",
            ("num_scan_inputs", 1),
            ("body", ModelBuilder.Body(b =>
            {
                GraphScope inside = scope.Inside(b, isScan: true);
                (Held state, Held slice) = (new Held(inside.NewName("s"), x.Dims[1..]), new Held(inside.NewName("s"), x.Dims[1..]));
                Dimension[] sizes = [.. x.Dims[1..].Select(d => new Dimension(d))];
                b.Input(state.Name, sizes).Input(slice.Name, sizes);
                inside.Add(state);
                inside.Add(slice);
                string sum = inside.Between("Add", $"{state.Name} {slice.Name}");
                b.Output(sum);
                Finish(inside, slice, step.Inner, step.C);

                // ONNX Runtime must know them, and does not find them behind a computed Reshape.
                foreach (Value output in b.Graph.Outputs)
                {
                    output.Shape = new Shape(sizes);
                }
            })));
        scope.Add(last);
        scope.Add(slices);
    }

    /// <summary>Adds the steps and gives the newest value of the sizes that the body must give; where there is none, a copy of what it got.</summary>
    private static void Finish(GraphScope inside, Held given, IEnumerable<Step> steps, int choice)
    {
        inside.Run(steps);
        Held? made = inside.Own.LastOrDefault(v => v != given && v.Dims.SequenceEqual(given.Dims) && !inside.Builder.Graph.Inputs.Any(i => i.Name == v.Name));
        string name = made is not null && choice % 4 > 0 ? made.Name : inside.Between(choice % 2 == 0 ? "Identity" : "Tanh", (made ?? given).Name);
        inside.Builder.Output(name);
    }
}
