using QuantBuildTasks.Conformance.Models;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Measurement;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Conformance.Steps;

/// <summary>What to make of a model.</summary>
internal sealed record Target(Precision Precision, HardwareProfile Profile);

/// <summary>Quantizes a model as a build does, on its own test data, and runs the artifact.</summary>
internal static class Quantization
{
    /// <summary>Of the largest magnitude: int8 with ranges from one sample, not accuracy.</summary>
    public const double Bound = 0.1;

    public const string Int8 = "int8, x64-vnni";

    public const string Int8Weights = "int8-weights";

    /// <summary>A processor that no x64 profile is for: nothing is timed, and what is measured does not depend on the machine.</summary>
    private static readonly HostProcessor Elsewhere = new("x64", []);

    /// <summary>What is made of every model, by the name that the page gives it.</summary>
    public static IReadOnlyDictionary<string, Target> Targets { get; } = new Dictionary<string, Target>
    {
        [Int8] = new(Precision.Int8, BuiltInProfiles.X64Vnni with { Costs = null }),
        ["int8, x64-avx2"] = new(Precision.Int8, BuiltInProfiles.X64Avx2 with { Costs = null }),
        ["float16, cuda"] = new(Precision.Auto, BuiltInProfiles.Cuda),
        [Int8Weights] = new(Precision.Int8Weights, BuiltInProfiles.X64Vnni),
    };

    /// <param name="source">The model as it is.</param>
    /// <param name="target">What to make.</param>
    /// <param name="opened">Whether ONNX Runtime runs the model as it is, or why not.</param>
    public static QuantizedFinding Of(ConformanceModel source, Target target, Trial opened)
    {
        string folder = Directory.CreateTempSubdirectory("conformance-").FullName;
        try
        {
            return Quantize(source, target, opened, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static QuantizedFinding Quantize(ConformanceModel source, Target target, Trial opened, string folder)
    {
        ConformanceModel fixedModel = Write(source, folder);
        QuantResult result = new QuantPipeline(new OrtInference(), Elsewhere).Run(Job(fixedModel, target), null, CancellationToken.None);
        if (result.Diagnostics.FirstOrDefault(d => d.Code.StartsWith("QBT9", StringComparison.Ordinal)) is { } defect)
        {
            return new QuantizedFinding(StepResult.Fails($"{defect.Code}: {Reasons.Of(defect.Text)}"));
        }

        if (result.Variants is not [var variant])
        {
            Diagnostic refusal = result.Diagnostics.First(d => d.Severity == Severity.Error);
            return new QuantizedFinding(Refused(refusal, opened));
        }

        Trial before = Trial.Of(fixedModel, fixedModel.Bytes());
        Trial after = Trial.Of(fixedModel, UnsignedWeights.In(variant.Artifact).Graph, optimized: true);
        if (after.Error is { } broken)
        {
            return new QuantizedFinding(StepResult.Fails($"The artifact: {broken}"));
        }

        var census = KernelCensus.Of(new OrtInference(), variant.Artifact, variant.Plan);
        double? error = OutputError.Of(before.Outputs ?? after.Shipped!, after.Outputs!);
        StepResult ended = error switch
        {
            null => StepResult.Fails("The artifact gives outputs of other kinds, types or sizes, or numbers that are not finite."),
            > Bound => StepResult.Fails("The artifact's outputs are far from those of the float32 model."),
            _ when census.Defect is { } unfused => StepResult.Fails(unfused),
            _ => StepResult.Passes,
        };
        return new QuantizedFinding(ended) { Error = error ?? double.PositiveInfinity, Operators = Counts(variant, census) };
    }

    /// <summary>
    /// What ONNX Runtime does not run either may be refused with any code. Else the model's inputs must be such that no data file holds them, the data not finite, or the model
    /// quantized already.
    /// </summary>
    private static StepResult Refused(Diagnostic error, Trial opened)
    {
        string reason = $"{error.Code}: {Reasons.Of(error.Text)}";
        return error.Code == Codes.NothingToQuantize ? StepResult.NothingToDo(reason)
            : opened.Error is not null || error.Code is Codes.ModelUnsupported or Codes.NotFinite or Codes.AlreadyQuantized ? StepResult.Excused(reason)
            : StepResult.Fails(reason);
    }

    /// <summary>The model with its weights fixed, and the test data of the inputs that are left.</summary>
    private static ConformanceModel Write(ConformanceModel source, string folder)
    {
        OnnxModel model = ModelReader.Read(source.Bytes(), source.Name);
        Value[] inputs = [.. model.Graph.Inputs];
        FixedWeights.Fix(model, source);
        return source.CopyTo(folder, ModelWriter.Write(model), [.. model.Graph.Inputs.Select(i => Array.IndexOf(inputs, i))]);
    }

    private static QuantJob Job(ConformanceModel model, Target target) => new()
    {
        ModelPath = model.ModelPath,
        DisplayPath = model.Name,
        Profiles = [target.Profile],
        CalibrationData = [model.Folder],
        ValidationData = [model.Folder],
        Precision = target.Precision,
        Metrics = [new MetricRequest(MetricKind.Sqnr)],
        BatchSize = 1,
        Threads = 1,
        BatchAxes = JobData.RequiredInputs(ModelReader.Read(model.Bytes())).ToDictionary(i => i.Name, _ => (int?)null),
        Emulation = new EmulationSettings { Emulator = EmulationSettings.Off },
    };

    private static IReadOnlyList<OperatorCount> Counts(QuantVariant variant, KernelCensus census)
    {
        HashSet<string> integer = [.. census.IntegerNodes];
        Graph[] scopes = [.. ModelReader.Read(variant.Artifact).Graph.SelfAndSubgraphs()];
        ILookup<string, NodeDecision> nodes = variant.Plan.Nodes.ToLookup(n => n.OpType);
        ILookup<string, int> stored = variant.Plan.Stored
            .SelectMany(s => scopes[s.Scope].Find(s.Value)!.Uses.Select(u => u.Node.OpType).Distinct())
            .ToLookup(o => o, _ => 1);
        return
        [
            .. nodes.Select(n => n.Key).Union(stored.Select(s => s.Key)).Order(StringComparer.Ordinal)
                .Select(o => new OperatorCount(o, nodes[o].Count(), nodes[o].Count(n => integer.Contains(n.Node)), stored[o].Count())),
        ];
    }
}
