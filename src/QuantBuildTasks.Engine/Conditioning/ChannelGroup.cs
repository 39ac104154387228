using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Conditioning;

/// <summary>
/// Values whose channels must be scaled together: what stands between layers that can take a scale into their weights, where every operator in
/// between lets a positive factor for each channel pass.
/// </summary>
internal sealed class ChannelGroup(int channels)
{
    /// <summary>How many channels the values have on axis 1.</summary>
    public int Channels => channels;

    /// <summary>Layers that give these channels.</summary>
    public List<LayerWeight> Producers { get; } = [];

    /// <summary>Layers that read these channels.</summary>
    public List<LayerWeight> Consumers { get; } = [];

    /// <summary>The nodes between them.</summary>
    public List<Node> Between { get; } = [];

    /// <summary>
    /// Results of min(max(x, 0), High). A channel that never reaches High may be scaled as long as it still does not: beyond what calibration saw the
    /// limit cuts where the 8-bit format would.
    /// </summary>
    public List<(Value Output, float High)> Limits { get; } = [];

    /// <summary>What must be known of the float model to choose the scales.</summary>
    public IEnumerable<Value> Watched => Consumers.Select(c => c.Node.Input(0)!).Concat(Limits.Select(l => l.Output)).Distinct();
}
