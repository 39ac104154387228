using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation.Upgrade;

namespace QuantBuildTasks.Engine.Preparation.Recognition;

/// <summary>
/// Pattern: a model that holds a decomposed Gelu or LayerNormalization, in an operator set that does not have that operator. The model is brought to the one that
/// does (docs/opset-upgrade.md). Every profile asks for an ONNX Runtime that knows operator set 20.
/// Declines: a model that cannot be brought there.
/// </summary>
internal sealed class RecognizedOperatorSet : IPass
{
    public string Name => nameof(RecognizedOperatorSet);

    public Fidelity Keeps => Fidelity.KernelOrder;

    /// <summary>Nodes that the user names: a chain with one of them stays, and needs no other operator set.</summary>
    public Func<Node, bool> IsKept { get; init; } = static _ => false;

    public bool Apply(OnnxModel model, ICollection<Decline> declines)
    {
        if (model.Opset >= GeluRecognition.Since)
        {
            return false;
        }

        long needed = model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).Select(Needs).DefaultIfEmpty(0).Max();
        if (needed <= model.Opset)
        {
            return false;
        }

        try
        {
            // A failed upgrade leaves a model that is of no use.
            OpsetUpgrade.Run(ModelWriter.Copy(model), needed, "");
        }
        catch (QuantException e) when (e.Diagnostic.Code == Codes.ModelUnsupported)
        {
            declines.Add(new Decline(Name, model.Graph.Name, e.Diagnostic.Text));
            return false;
        }

        return OpsetUpgrade.Run(model, needed, "");
    }

    private long Needs(Node node) =>
        GeluRecognition.Match(node) is var (gelu, _, _) && gelu.ReasonAgainst(IsKept) is null ? GeluRecognition.Since
        : LayerNormalizationRecognition.Match(node) is { Sizes: not null, Chain: var norm } && norm.ReasonAgainst(IsKept) is null ? LayerNormalizationRecognition.Since
        : 0;
}
