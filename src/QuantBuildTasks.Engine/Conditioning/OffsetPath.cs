using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation.Clamps;
using QuantBuildTasks.Engine.Preparation.Layers;

namespace QuantBuildTasks.Engine.Conditioning;

/// <summary>
/// A group whose channels may have an offset c taken off: one layer gives them, f(x − c) = f(x) − c holds for every node in between, and every layer that reads them takes W·c into its bias.
/// A layer that pads would see 0 at the border where it ought to see −c, so none does.
/// </summary>
internal sealed class OffsetPath
{
    /// <summary>Operators that pass an offset on, whatever it is. What MaxPool pads with is −∞.</summary>
    private static readonly HashSet<string> Movers =
        ["MaxPool", "GlobalAveragePool", "GlobalMaxPool", "Identity", "Dropout", "Flatten", "Squeeze", "Reshape", "ReduceMean", "ReduceMax"];

    private readonly LinearLayer _producer;
    private readonly LinearLayer[] _consumers;

    private OffsetPath(ChannelGroup group, LinearLayer producer, LinearLayer[] consumers, Node[] clamps)
    {
        (Group, _producer, _consumers) = (group, producer, consumers);
        Clamps = [.. clamps.Select(c => (c.Output(), Clamp.Of(c)!.High))];
    }

    public ChannelGroup Group { get; }

    /// <summary>
    /// Results of min(max(x, 0), High) of what the layer gives. They pass the offset of a channel on where it lies in 0…c, c what the channel never goes below, and High is never reached.
    /// </summary>
    public IReadOnlyList<(Value Output, float High)> Clamps { get; }

    /// <summary>What the layer gives, clamped where it is: it holds all that the offsets must suit.</summary>
    public Value Given => Clamps.Count > 0 ? Clamps[0].Output : Group.Producers[0].Node.Output();

    /// <summary>What must be known of the float model to choose offsets.</summary>
    public IEnumerable<Value> Watched => Group.Watched.Append(Given).Distinct();

    /// <summary>The path of a group, or null.</summary>
    public static OffsetPath? Of(ChannelGroup group)
    {
        if (group.Producers is not [var only] || LayerOf(only) is not { } producer)
        {
            return null;
        }

        // A clamp that stands further on might never be below c where what the layer gives is.
        Node[] clamps = [.. group.Between.Where(n => Clamp.Of(n) is { Low: 0 } clamp && clamp.Input == only.Node.Output())];
        LinearLayer?[] consumers = [.. group.Consumers.Select(LayerOf)];
        return group.Between.Except(clamps).All(PassesOn) && consumers.All(c => c is { SeesBorder: false }) ? new OffsetPath(group, producer, consumers!, clamps) : null;
    }

    /// <summary>Takes <paramref name="offsets"/>, one for each channel, off.</summary>
    /// <returns>False, with nothing changed, where a bias would leave the float32 range.</returns>
    public bool TryMove(double[] offsets)
    {
        double[] ones = Ones(offsets.Length);
        if (_producer.TryScaleAndShift(ones, Array.ConvertAll(offsets, c => -c)) && _consumers.All(c => c.TryScaleAndShiftInput(ones, offsets)))
        {
            return true;
        }

        // A layer counts from the bias that it had when it was found.
        foreach (LinearLayer layer in _consumers.Prepend(_producer))
        {
            layer.TryScaleAndShift(Ones(layer.Channels), new double[layer.Channels]);
        }

        return false;
    }

    private static bool PassesOn(Node node) => Movers.Contains(node.OpType) || (node.OpType == "AveragePool" && node.IntAttribute("count_include_pad", 0) == 0);

    private static LinearLayer? LayerOf(LayerWeight weight) => LinearLayer.IsOne(weight.Node) ? LinearLayer.Of(weight.Node, out _) : null;

    private static double[] Ones(int count) => [.. Enumerable.Repeat(1.0, count)];
}
