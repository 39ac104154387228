using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation.Upgrade;

namespace QuantBuildTasks.Engine.Preparation.Functions;

/// <summary>
/// The operator sets that a model and its functions meet in. Where versions differ, every operator of a body must mean the same in both (onnx.proto,
/// ModelProto.functions), and ONNX Runtime reads bodies in the model's. So nothing is refused here: of ONNX's own operators the newest version counts, and what
/// is older is upgraded, so that bodies are taken by what they say; of other domains the model's version, else the newest.
/// </summary>
internal sealed class CommonOpsets
{
    private readonly OnnxModel _model;
    private readonly FunctionCalls _calls;
    private readonly string? _file;
    private readonly long _version;

    public CommonOpsets(OnnxModel model, FunctionCalls calls, string? file)
    {
        (_model, _calls, _file) = (model, calls, file);
        _version = Math.Max(1, model.Opset);
        HashSet<string> ofModel = [.. model.Opsets.Keys];
        foreach (LocalFunction function in calls.Reachable())
        {
            foreach (string domain in OperatorsIn(function.Body).Select(n => n.Domain).Distinct().Order(StringComparer.Ordinal))
            {
                long version = function.Opsets.GetValueOrDefault(domain);
                if (domain.Length == 0)
                {
                    _version = Math.Max(_version, version);
                }
                else if (!ofModel.Contains(domain) && version > 0)
                {
                    model.Opsets[domain] = Math.Max(version, model.Opsets.GetValueOrDefault(domain));
                }
            }
        }
    }

    /// <summary>What is newer cannot be upgraded; the rule that versions mean the same is relied on then.</summary>
    private bool CanRaise => _version <= OpsetUpgrade.Highest;

    /// <summary>Brings the model's graph to the common operator set; the functions stay as they are.</summary>
    /// <exception cref="Diagnostics.QuantException">QBT1004: it cannot be brought there.</exception>
    public void RaiseModel()
    {
        if (_model.Opset < _version && CanRaise)
        {
            OpsetUpgrade.RunWithoutFunctions(_model, _version, _calls, _file ?? "");
        }
        else
        {
            // A model of calls alone need not import ONNX's own operators.
            _model.Opsets.TryAdd("", _version);
        }
    }

    /// <summary>Whether the body of a function has to be brought to the operator set that the model is written in now.</summary>
    public bool MustRaise(LocalFunction function) => CanRaise && function.Opsets.TryGetValue("", out long own) && own < _version;

    /// <summary>Brings a copy of a function's body to the common operator set.</summary>
    /// <exception cref="Diagnostics.QuantException">QBT1004: it cannot be brought there.</exception>
    public void Raise(Graph body, LocalFunction function) => OpsetUpgrade.Upgrade(body, function.Opsets[""], _version, _calls, _file ?? "");

    /// <summary>Forgets the operator sets that only calls of functions needed.</summary>
    public void Tidy()
    {
        HashSet<string> used = [.. _model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).Select(n => n.Domain)];
        foreach (string domain in _model.Functions.Select(f => f.Id.Domain).Where(d => d.Length > 0 && !used.Contains(d)).ToArray())
        {
            _model.Opsets.Remove(domain);
        }
    }

    private IEnumerable<Node> OperatorsIn(Graph body) => body.SelfAndSubgraphs().SelectMany(g => g.Nodes).Where(n => _calls.Find(n) is null);
}
