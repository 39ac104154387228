using QuantBuildTasks.Conformance.Models;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;
using QuantBuildTasks.Engine.Preparation.Upgrade;

namespace QuantBuildTasks.Conformance.Steps;

/// <summary>Takes one model through all steps. An exception that nobody expected is a finding like any other.</summary>
internal static class Examination
{
    public static IReadOnlyList<long> Targets { get; } = [13, 18, 21, 23];

    /// <summary>ONNX Runtime 1.31.1 has no CPU kernels of RoiAlign and RandomUniformLike for what comes after.</summary>
    private const long LastWithAllKernels = 21;

    private const string NoKernel = "Could not find an implementation";

    public static ModelFinding Of(ConformanceModel model)
    {
        byte[] bytes = model.Bytes();
        var finding = new ModelFinding { Model = model.Name, Saved = StepResult.Passes, Runs = StepResult.Passes, RunsAfterSave = StepResult.Passes };
        Trial before = Trial.Of(model, bytes);
        bool isRandom = before.Outputs is { } outputs && ResultDifference.Exactly(outputs, Trial.Of(model, bytes).Outputs!) is not null;
        finding = finding with { Runs = Runs(before, isRandom) };
        OnnxModel? read = null;
        byte[] saved = [];
        finding = finding with
        {
            Saved = Guarded(() =>
            {
                read = ModelReader.Read(bytes, model.Name);
                saved = ModelWriter.Write(read);
                return Saved(bytes, saved);
            }),
        };
        if (read is null)
        {
            return finding with { RunsAfterSave = StepResult.Fails("It is not read.") };
        }

        return finding with
        {
            Opset = read.Opset,
            Operators = OperatorsOf(read),
            RunsAfterSave = RunsAfterSave(before, Trial.Of(model, saved), isRandom),
            Upgraded = new(Targets.ToDictionary(t => t, t => Guarded(() => Upgraded(model, bytes, before, isRandom, t)))),
            FixedWeights = FixedWeights.Fix(ModelReader.Read(bytes, model.Name), model),
            Quantized = Quantization.Targets.ToDictionary(t => t.Key, t => GuardedQuantization(model, t.Value, before)),
        };
    }

    private static IReadOnlyList<string> OperatorsOf(OnnxModel model) =>
    [
        .. model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes)
            .Select(n => n.Domain.Length == 0 ? n.OpType : $"{n.Domain}.{n.OpType}")
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];

    private static StepResult Saved(byte[] original, byte[] saved) =>
        NormalForm.Of(ModelProto.Parser.ParseFrom(original)).Equals(NormalForm.Of(ModelProto.Parser.ParseFrom(saved)))
            ? StepResult.Passes
            : StepResult.Fails("The file that is written says something else than the one that was read.");

    private static StepResult Runs(Trial before, bool isRandom) => before switch
    {
        { Error: { } error } => StepResult.Excused(error),
        _ when ResultDifference.Between(before.Shipped!, before.Outputs!) is null => StepResult.Passes,
        _ => StepResult.Excused(isRandom ? Reasons.Random : Reasons.NotTheReference),
    };

    private static StepResult RunsAfterSave(Trial before, Trial after, bool isRandom) => (before.Error, after.Error) switch
    {
        ({ } had, { } has) when had == has => StepResult.Excused(had),
        (_, { } has) => StepResult.Fails(has),
        ({ }, _) => StepResult.Fails("It runs only after load and save."),
        _ when ResultDifference.Exactly(before.Outputs!, after.Outputs!) is null => StepResult.Passes,
        _ => isRandom ? StepResult.Excused(Reasons.Random) : StepResult.Fails("Other outputs after load and save."),
    };

    private static StepResult Upgraded(ConformanceModel model, byte[] bytes, Trial before, bool isRandom, long target)
    {
        OnnxModel upgraded = ModelReader.Read(bytes, model.Name);
        try
        {
            OpsetUpgrade.Run(upgraded, target, model.Name);
        }
        catch (QuantException e)
        {
            string refusal = $"{e.Diagnostic.Code}: {Reasons.Of(e.Diagnostic.Text)}";
            return before.Error is null ? StepResult.Fails(refusal) : StepResult.Excused(refusal);
        }

        Trial after = Trial.Of(model, ModelWriter.Write(upgraded));
        if (after.Error is { } error)
        {
            bool lacksKernel = target > LastWithAllKernels && error.Contains(NoKernel, StringComparison.Ordinal);
            return before.Error is not null || lacksKernel ? StepResult.Excused(error) : StepResult.Fails(error);
        }

        return ResultDifference.Between(after.Shipped!, after.Outputs!) is null ? StepResult.Passes
            : before.Outputs is { } had && ResultDifference.Between(had, after.Outputs!) is null ? StepResult.Passes
            : isRandom ? StepResult.Excused(Reasons.Random)
            : StepResult.Fails("Other outputs after the upgrade.");
    }

    private static QuantizedFinding GuardedQuantization(ConformanceModel model, Target target, Trial before)
    {
        QuantizedFinding? made = null;
        StepResult result = Guarded(() => (made = Quantization.Of(model, target, before)).Result);
        return made ?? new QuantizedFinding(result);
    }

    /// <summary>A step in which any exception is a defect of ours: a refusal of what is no valid model is made by the step itself.</summary>
    private static StepResult Guarded(Func<StepResult> step)
    {
        try
        {
            return step();
        }
        catch (QuantException e)
        {
            return StepResult.Fails($"{e.Diagnostic.Code}: {Reasons.Of(e.Diagnostic.Text)}");
        }
        catch (Exception e)
        {
            return StepResult.Fails($"{e.GetType().Name}: {Reasons.Of(e.Message)}");
        }
    }
}
