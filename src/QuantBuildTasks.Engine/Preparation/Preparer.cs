using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation.Clamps;
using QuantBuildTasks.Engine.Preparation.Equivalence;
using QuantBuildTasks.Engine.Preparation.Folding;
using QuantBuildTasks.Engine.Preparation.Functions;
using QuantBuildTasks.Engine.Preparation.Layers;
using QuantBuildTasks.Engine.Preparation.Names;
using QuantBuildTasks.Engine.Preparation.Recognition;
using QuantBuildTasks.Engine.Preparation.Sharing;
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
    private readonly long _lowestOpset;

    /// <param name="inference">What runs models.</param>
    /// <param name="keep">Nodes that must stay the operators that they are, since the user names them; null: none.</param>
    public Preparer(IInference inference, Func<Node, bool>? keep = null)
        : this(inference, Passes(inference, keep ?? (static _ => false)))
    {
    }

    /// <param name="inference">What runs models.</param>
    /// <param name="passes">In their order.</param>
    /// <param name="lowestOpset">Models of an older operator set are brought to it.</param>
    internal Preparer(IInference inference, IReadOnlyList<IPass> passes, long lowestOpset = LowestOpset) =>
        (_inference, _passes, _lowestOpset) = (inference, passes, lowestOpset);

    /// <summary>Folds what is known since inputs or sizes are pinned, and nothing else: the model that variants are compared with is the user's in all other respects.</summary>
    public static Preparer OfPinned(IInference inference) => new(inference, Folding(inference), lowestOpset: 1);

    /// <summary>Prepares a copy of the model.</summary>
    /// <param name="model">Stays as it is.</param>
    /// <param name="sample">One array for each input, to check on; null: random numbers in sizes that the model runs on.</param>
    /// <param name="file">What messages call the model.</param>
    /// <exception cref="QuantException">QBT1004: an operator set that is too old and cannot be brought to a newer one, or ONNX Runtime refuses the model.</exception>
    public PreparedModel Run(OnnxModel model, IReadOnlyDictionary<string, Tensor>? sample = null, string? file = null)
    {
        EquivalenceCheck? check = Check(model, sample, file);
        bool inlined = model.Functions.Count > 0;
        OnnxModel original = Upgraded(Inlined(model, check, file), check, file);
        var diagnostics = new List<Diagnostic>();
        List<IPass> passes = [.. _passes];
        while (true)
        {
            var run = new PassSequence(passes);
            OnnxModel prepared = ModelWriter.Copy(original);
            run.Apply(prepared);
            if (run.Last is null || check?.Compare(prepared, run.Keeps) is not { } deviation)
            {
                return new PreparedModel(prepared, inlined ? [nameof(FunctionInliner), .. run.Applied] : run.Applied, run.Declines, check is not null, diagnostics);
            }

            (IPass culprit, deviation) = Culprit(passes, original, check!) ?? (run.Last, deviation);
            diagnostics.Add(LeftOut(culprit, deviation, file));
            passes.Remove(culprit);
        }
    }

    /// <summary>The model, or a copy with the bodies of its functions in the place of their calls.</summary>
    private static OnnxModel Inlined(OnnxModel model, EquivalenceCheck? check, string? file)
    {
        if (model.Functions.Count == 0)
        {
            return model;
        }

        OnnxModel inlined = ModelWriter.Copy(model);
        FunctionInliner.Run(inlined, file);
        return check?.Compare(inlined, Fidelity.KernelOrder) is not { } deviation ? inlined : throw QuantException.Error(
            Codes.ModelUnsupported,
            $"The model defines functions; putting their bodies in the place of the calls, which quantizing needs, {deviation.Text}. Export it without functions, and report this model.",
            file);
    }

    /// <summary>The model, or a copy in an operator set that can be quantized.</summary>
    private OnnxModel Upgraded(OnnxModel model, EquivalenceCheck? check, string? file)
    {
        if (model.Opset >= _lowestOpset)
        {
            return model;
        }

        OnnxModel upgraded = ModelWriter.Copy(model);
        OpsetUpgrade.Run(upgraded, _lowestOpset, file ?? "");
        return check?.Compare(upgraded, Fidelity.KernelOrder) is not { } deviation ? upgraded : throw QuantException.Error(
            Codes.ModelUnsupported,
            $"The model is written in operator set {model.Opset}; bringing it to {_lowestOpset}, which quantizing needs, {deviation.Text}. Export it again with opset_version={_lowestOpset} or higher, and report this model.",
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
    private static (IPass Pass, Deviation Deviation)? Culprit(List<IPass> passes, OnnxModel original, EquivalenceCheck check)
    {
        (IPass, Deviation)? found = null;
        var run = new PassSequence(passes);
        run.Apply(ModelWriter.Copy(original), (pass, keeps, model) =>
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
    internal static IPass[] Passes(IInference inference, Func<Node, bool> keep) =>
    [
        .. Folding(inference),
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
        new HardSigmoidIntoLayer { IsKept = keep },
        new ReduceMeanToGlobalAveragePool { IsKept = keep },
        new SumToAdd { IsKept = keep },
        new PReluToLeakyRelu { IsKept = keep },
        new ClampBeforeMover(),
        new UniqueValueNames(),
        new NodeNames(),
    ];

    /// <summary>What follows from constants, and what nobody needs then.</summary>
    private static IPass[] Folding(IInference inference) =>
    [
        new DefaultedInputs(),
        new ConstantNodesToInitializers(),
        new ShapeInference(inference),
        new IdentityRemoval(),
        new ShapeFolding(),
        new ConstantFolding(inference),
        new UntakenBranchRemoval(),
        new ZeroInitialState(),
        new DeadNodeRemoval(),
    ];
}
