using QuantBuildTasks.Engine.Calibration.Moments;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Operators;
using QuantBuildTasks.Engine.Planning.Stored;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Rewriting.Rounding;

/// <summary>
/// The formats of layers whose weights change: those of the main graph that a plan stores as integers, that one layer alone reads, and whose matrices fit into bounded memory. Scales
/// follow the weights by the rules of the profile, so weights that are safe from saturation stay so.
/// </summary>
internal sealed class LayerFormats
{
    /// <summary>Matrices of one layer.</summary>
    private const long MostBytes = 1L << 28;

    private readonly QuantizationPlan _plan;
    private readonly HardwareProfile _profile;
    private readonly List<WeightFormat> _weights;
    private readonly List<StoredFormat> _stored;
    private readonly Dictionary<string, int> _integer = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _float = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeRole> _roles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, float> _activationScales;

    /// <param name="graph">The main graph that the plan was made for, with the type of every value known.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="profile">Its profile.</param>
    public LayerFormats(Graph graph, QuantizationPlan plan, HardwareProfile profile)
    {
        (_plan, _profile, _weights, _stored) = (plan, profile, [.. plan.Weights], [.. plan.Stored]);
        _activationScales = plan.Activations.ToDictionary(a => a.Value, a => a.Scale, StringComparer.Ordinal);
        foreach (Node node in graph.Nodes)
        {
            if (LayerPatches.Of(node) is not { } patches || node.Input(1)!.Uses.Count > 1 || PairedSums.Bytes(patches, withProducts: true) > MostBytes)
            {
                continue;
            }

            int weight = _weights.FindIndex(f => f is { Input: 1, Type: ElementType.Int8, ZeroPoint: 0, Axis: not null } && f.Node == node.DisplayName);
            int stored = _stored.FindIndex(f => f is { Scope: 0, Type: ElementType.Int8 } && f.Value == node.Input(1)!.Name);
            if (weight >= 0 && OperatorTable.Classify(node, profile).Role is { } role)
            {
                _roles.Add(node.DisplayName, role);
                _integer.Add(node.DisplayName, weight);
            }
            else if (weight < 0 && stored >= 0)
            {
                _float.Add(node.DisplayName, stored);
            }
        }
    }

    /// <summary>The plan with the formats as they are now.</summary>
    public QuantizationPlan Plan => _plan with { Weights = _weights, Stored = _stored };

    /// <summary>Whether a node, of whichever copy of the model, is such a layer.</summary>
    public bool Has(Node node) => _integer.ContainsKey(node.DisplayName) || _float.ContainsKey(node.DisplayName);

    /// <summary>Fits the scales of a layer to other weights.</summary>
    /// <param name="layer">The layer in the prepared model.</param>
    /// <param name="weight">The weights that it is to have, not rounded yet.</param>
    /// <returns>The scale by the place in the weight.</returns>
    public Func<int, float> Fit(Node layer, Tensor weight)
    {
        if (_integer.TryGetValue(layer.DisplayName, out int place))
        {
            NodeRole role = _roles[layer.DisplayName];
            ReadOnlySpan<float> bias = role.BiasInput is { } input ? layer.Input(input)!.Constant!.Span<float>() : [];
            float[] scales = LayerScales.Of(weight, bias, role, _profile.Saturation, _activationScales[layer.Input(0)!.Name]) ?? [.. _weights[place].Scales];
            _weights[place] = _weights[place] with { Scales = scales };
            ChannelLayout layout = ChannelLayout.Of(weight, _weights[place].Axis);
            return i => scales[layout.ChannelOf(i / layout.Inner)];
        }

        place = _float[layer.DisplayName];
        StoredFormat format = _stored[place];
        if (GroupScales.Of(weight, format.Groups, format.Shift) is { } fitted)
        {
            _stored[place] = format = format with { Scales = fitted.Scales, ScaleType = fitted.Type };
        }

        (_, int count, int inner) = format.Groups.Split(weight.Dims);
        return i => format.Scales[i / inner % count];
    }
}
