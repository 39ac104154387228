using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation.Recognition;
using QuantBuildTasks.Engine.Preparation.Upgrade;

namespace QuantBuildTasks.Engine.Preparation;

/// <summary>
/// Makes an equivalent model that is easy to quantize: the passes in order, again until none changes anything, and a check that the float32 result is
/// kept. A pass that changes it is left out, and a finding names it.
/// </summary>
internal sealed class Preparer
{
    /// <summary>The oldest operator set whose QuantizeLinear has an axis; older models are brought to it.</summary>
    public const long LowestOpset = 13;

    private readonly IInference _inference;
    private readonly IReadOnlyList<IPass> _passes;

    /// <param name="inference">What runs models.</param>
    /// <param name="keep">Nodes that must stay the operators that they are, since the user names them; null: none.</param>
    public Preparer(IInference inference, Func<Node, bool>? keep = null)
        : this(inference, Passes(inference, keep ?? (static _ => false)))
    {
    }

    internal Preparer(IInference inference, IReadOnlyList<IPass> passes) => (_inference, _passes) = (inference, passes);

    /// <summary>Prepares a copy of the model.</summary>
    /// <param name="model">Stays as it is.</param>
    /// <param name="sample">One array for each input, to check on; null: random numbers in sizes that the model runs on.</param>
    /// <param name="file">What messages call the model.</param>
    /// <exception cref="QuantException">QBT1004: an operator set that is too old and cannot be brought to a newer one, or ONNX Runtime refuses the model.</exception>
    public PreparedModel Run(OnnxModel model, IReadOnlyDictionary<string, Tensor>? sample = null, string? file = null)
    {
        EquivalenceCheck? check = Check(model, sample, file);
        byte[] original = ModelWriter.Write(Upgraded(model, check, file));
        var diagnostics = new List<Diagnostic>();
        List<IPass> passes = [.. _passes];
        while (true)
        {
            var run = new PassSequence(passes);
            OnnxModel prepared = ModelReader.Read(original, file);
            run.Apply(prepared);
            if (check?.Compare(prepared, run.Keeps) is not { } deviation)
            {
                return new PreparedModel(prepared, run.Applied, run.Declines, check is not null, diagnostics);
            }

            (IPass culprit, deviation) = Culprit(passes, original, check!) ?? (run.Last!, deviation);
            diagnostics.Add(LeftOut(culprit, deviation, file));
            passes.Remove(culprit);
        }
    }

    /// <summary>The model, or a copy in an operator set that can be quantized.</summary>
    private static OnnxModel Upgraded(OnnxModel model, EquivalenceCheck? check, string? file)
    {
        if (model.Opset >= LowestOpset)
        {
            return model;
        }

        OnnxModel upgraded = ModelReader.Read(ModelWriter.Write(model), file);
        OpsetUpgrade.Run(upgraded, LowestOpset, file ?? "");
        return check?.Compare(upgraded, Fidelity.KernelOrder) is not { } deviation ? upgraded : throw QuantException.Error(
            Codes.ModelUnsupported,
            $"The model is written in operator set {model.Opset}; bringing it to {LowestOpset}, which quantizing needs, {deviation.Text}. Export it again with opset_version={LowestOpset} or higher, and report this model.",
            file);
    }

    private EquivalenceCheck? Check(OnnxModel model, IReadOnlyDictionary<string, Tensor>? sample, string? file)
    {
        try
        {
            return EquivalenceCheck.Of(model, sample, _inference);
        }
        catch (QuantException e) when (e.Diagnostic.File is null)
        {
            throw new QuantException(e.Diagnostic with { File = file }, e);
        }
    }

    /// <summary>Goes the way once more, comparing after every pass.</summary>
    private static (IPass Pass, Deviation Deviation)? Culprit(List<IPass> passes, byte[] original, EquivalenceCheck check)
    {
        (IPass, Deviation)? found = null;
        var run = new PassSequence(passes);
        run.Apply(ModelReader.Read(original), (pass, keeps, model) =>
        {
            if (check.Compare(model, keeps) is { } deviation)
            {
                found = (pass, deviation);
            }

            return found is null;
        });
        return found;
    }

    private static Diagnostic LeftOut(IPass pass, Deviation deviation, string? file) => Diagnostic.Warning(
        Codes.RewriteChangedResult,
        $"The preparation step {pass.Name} {deviation.Text}. The model is quantized without this step. This is a defect of QuantBuildTasks: please report it with the model.",
        file);

    /// <summary>Constants first, then what they allow, then the forms that run as integers.</summary>
    private static IPass[] Passes(IInference inference, Func<Node, bool> keep) =>
    [
        new DefaultedInputs(),
        new ConstantNodesToInitializers(),
        new ShapeInference(inference),
        new IdentityRemoval(),
        new ShapeFolding(),
        new ConstantFolding(inference),
        new DeadNodeRemoval(),
        new DuplicateConstants(),
        new CommonSubexpressions { IsKept = keep },
        new RecognizedOperatorSet { IsKept = keep },
        new GeluRecognition { IsKept = keep },
        new LayerNormalizationRecognition { IsKept = keep },
        new SigmoidRecognition { IsKept = keep },
        new ClipNormalForm { IsKept = keep },
        new HardSwishRecognition { IsKept = keep },
        new PadIntoConv(),
        new BatchNormFolding { IsKept = keep },
        new ScaleShiftAfterLayer(),
        new ScaleShiftBeforeLayer(),
        new MatMulAddToGemm { IsKept = keep },
        new TransposedWeightToGemm { IsKept = keep },
        new ReduceMeanToGlobalAveragePool { IsKept = keep },
        new ClampBeforeMover(),
    ];
}
