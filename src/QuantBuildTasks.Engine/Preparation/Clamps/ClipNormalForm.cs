using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Clamps;

/// <summary>
/// Pattern: the ways in which exporters write a clamp. Max or Min with one number becomes Clip; clamps (Relu and Clip) in a row become one;
/// Clip from 0 without an upper limit becomes Relu; Clip without limits goes.
/// Formula: with lo ≤ hi, clamp(clamp(x, a, b), lo, hi) = clamp(x, clamp(a, lo, hi), clamp(b, lo, hi)).
/// Declines: limits that are not constant float32, an upper limit below the lower one, another reader between two clamps, a clamp's result
/// as a graph output between them, a node of another form that the user keeps. Holds for finite numbers: the forms differ in what becomes of infinities and NaN.
/// </summary>
internal sealed class ClipNormalForm : NodePass
{
    public override string Name => nameof(ClipNormalForm);

    public override Fidelity Keeps => Fidelity.BitExact;

    protected override Outcome Visit(Node node, OnnxModel model)
    {
        if (Clamp.Of(node) is not { } clamp)
        {
            return Outcome.NoMatch;
        }

        if (IsKept(node) && !clamp.IsNormal(node))
        {
            return Outcome.Kept;
        }

        if (clamp.Low > clamp.High)
        {
            return Outcome.Decline("its upper limit lies below the lower one");
        }

        string? reason = null;
        bool merged = false;
        while (clamp.Input.Producer is { } before && before.Graph == node.Graph && Clamp.Of(before) is { } inner && inner.Low <= inner.High)
        {
            if (clamp.Input.HasOtherReaders)
            {
                reason = "something else reads the result between two clamps";
                break;
            }

            Value between = clamp.Input;
            clamp = new Clamp(inner.Input, Math.Clamp(inner.Low, clamp.Low, clamp.High), Math.Clamp(inner.High, clamp.Low, clamp.High));
            node.SetInput(InputIndex(node, between), inner.Input);
            node.Graph.Remove(before);
            node.Graph.Remove(between);
            merged = true;
        }

        if (clamp.IsWide && node.Graph.TryBypass(node, clamp.Input))
        {
            return Outcome.Rewritten;
        }

        if (merged || !clamp.IsNormal(node))
        {
            Write(node, clamp);
            return Outcome.Rewritten;
        }

        return reason is null ? Outcome.NoMatch : Outcome.Decline(reason);
    }

    private static int InputIndex(Node node, Value value) => node.Inputs.Index().First(i => i.Item == value).Index;

    /// <summary>Puts the normal form in the place of <paramref name="node"/>.</summary>
    private static void Write(Node node, Clamp clamp)
    {
        Graph graph = node.Graph;
        int index = graph.IndexOf(node);
        Value output = node.Output();
        string name = node.Name;
        if (clamp.IsRelu)
        {
            graph.Insert(index, "Relu", "", name, [clamp.Input], [output]);
        }
        else
        {
            Value? low = float.IsNegativeInfinity(clamp.Low) ? null : graph.AddInitializer($"{output.Name}_min", Tensor.Scalar(clamp.Low));
            Value? high = float.IsPositiveInfinity(clamp.High) ? null : graph.AddInitializer($"{output.Name}_max", Tensor.Scalar(clamp.High));
            graph.Insert(index, "Clip", "", name, [clamp.Input, low, high], [output]);
        }

        graph.Remove(node);
    }
}
