using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Stored;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting;
using QuantBuildTasks.Engine.Validation.Saturation;

namespace QuantBuildTasks.Engine.Pipeline;

/// <summary>Variants that we quantize: prepared and calibrated once, then planned and rewritten for each profile.</summary>
internal sealed class QuantizedVariants : IVariantSource
{
    private readonly JobRun _run;
    private readonly JobData _data;
    private readonly PreparedModel _prepared;
    private readonly StoredModel _preparedFile;
    private readonly CalibrationTable? _table;
    private readonly FloatPatterns _keepFloat;
    private readonly LearnedRounding _rounding;
    private readonly List<(HardwareProfile Profile, MadeVariant Variant)> _made = [];

    /// <summary>Prepares and calibrates.</summary>
    /// <param name="run">The job.</param>
    /// <param name="model">The float model; it is changed.</param>
    /// <param name="data">Its samples.</param>
    /// <exception cref="QuantException">The model is quantized already (QBT2002), or cannot be prepared or calibrated.</exception>
    public QuantizedVariants(JobRun run, OnnxModel model, JobData data)
    {
        (_run, _data) = (run, data);
        RefuseQuantized(model, run.Job.DisplayPath);
        run.Tell("Preparation", 0);
        _keepFloat = new FloatPatterns(run.Job.KeepFloat);
        _prepared = new Preparer(run.Inference, n => _keepFloat.Reason(n) is not null)
            .Run(model, data.Calibration.Batch(data.Calibration.Batches(2)[0]), run.Job.DisplayPath);
        foreach (Diagnostic finding in _prepared.Diagnostics)
        {
            run.Say(finding);
        }

        if (run.Job.Precision != Precision.Int8Weights && run.Job.Recipe != Recipe.Fast && _prepared.Model.Weights is null)
        {
            Conditioner.Apply(run, _prepared.Model, data, n => _keepFloat.Reason(n) is not null);
        }

        _rounding = new LearnedRounding(run, _prepared.Model, data);
        _preparedFile = ModelWriter.Store(_prepared.Model);
        _table = run.Job.Precision == Precision.Int8Weights ? null : Calibrate();
    }

    /// <summary>The model that plans are made for, as a file.</summary>
    public StoredModel Source => _preparedFile;

    /// <summary>The main graph that plans are made for.</summary>
    public Graph Graph => _prepared.Model.Graph;

    /// <summary>Whether the weights lie in memory, so that several candidates can be made side by side.</summary>
    public bool IsInMemory => _prepared.Model.Weights is null;

    /// <summary>Whether one artifact serves both.</summary>
    public bool AreTheSame(HardwareProfile profile, HardwareProfile other) => _run.Job.Precision == Precision.Int8Weights || profile.MakesTheSameArtifactAs(other);

    public MadeVariant? Make(HardwareProfile profile)
    {
        foreach ((HardwareProfile other, MadeVariant made) in _made)
        {
            if (AreTheSame(profile, other))
            {
                return made with { Plan = made.Plan with { Profile = profile.Name }, Findings = [.. made.Findings.Select(f => f with { Profile = profile.Name })] };
            }
        }

        MadeVariant? variant = MakeAnew(profile);
        if (variant is not null)
        {
            _made.Add((profile, variant));
        }

        return variant;
    }

    private MadeVariant? MakeAnew(HardwareProfile profile)
    {
        QuantizationPlan plan = Stored(Plan(profile, PrecisionMix.None), PrecisionMix.None);
        if (plan.ChangesAnything)
        {
            return Write(profile, plan);
        }

        _run.Say(new Diagnostic(Codes.NothingToQuantize, Severity.Error, Nothing(plan)) { Profile = profile.Name });
        return null;
    }

    /// <summary>Which nodes compute in what, before weights are stored; cheap.</summary>
    /// <param name="profile">Where it runs.</param>
    /// <param name="mix">What must stay float32 beside what the user says.</param>
    public QuantizationPlan Plan(HardwareProfile profile, PrecisionMix mix) => _run.Job.Precision == Precision.Int8Weights
        ? StoredPlan.Float(_prepared.Model.Graph, profile.Name, _keepFloat.Reason)
        : Planner.Plan(_prepared.Model.Graph, profile, v => Range(v, profile), n => _keepFloat.Reason(n) ?? mix.Computing.GetValueOrDefault(n.DisplayName));

    /// <summary>The plan, with the weights of float nodes stored as int8.</summary>
    public QuantizationPlan Stored(QuantizationPlan plan, PrecisionMix mix) =>
        StoredPlan.Complete(plan, _prepared.Model.Graph, n => _keepFloat.Reason(n) ?? mix.Weights.GetValueOrDefault(n.DisplayName));

    /// <summary>A copy of the model that plans are made for, its weights rounded for a plan and still float32.</summary>
    /// <exception cref="QuantException">QBT1004: the model does not run on the data.</exception>
    public OnnxModel Rounded(QuantizationPlan plan)
    {
        OnnxModel rounded = Copy();
        _rounding.Apply(rounded, plan);
        return rounded;
    }

    /// <summary>A copy of the model that plans are made for.</summary>
    public OnnxModel Copy() => ModelWriter.Copy(_prepared.Model);

    /// <summary>Writes a plan; says nothing.</summary>
    /// <exception cref="QuantException">QBT1004: the model does not run on the data.</exception>
    public MadeVariant Write(HardwareProfile profile, QuantizationPlan plan)
    {
        OnnxModel rewritten = Copy();
        _rounding.ApplyInTurn(rewritten, plan);
        PlanRewriter.Rewrite(rewritten, plan);
        if (profile.Saturation != SaturationRule.None && SaturationChecker.Check(rewritten).FirstOrDefault() is { Node: not null } pair)
        {
            throw new InvalidOperationException($"The weights made for {profile.Name} could saturate: {pair}.");
        }

        return new MadeVariant(ModelWriter.StoreWithoutNotes(rewritten), plan, _preparedFile)
        {
            Findings = BranchFinding.Of(plan, _prepared.Model.Graph, profile) is { } untaken ? [untaken] : [],
        };
    }

    public void Finish()
    {
        foreach (string pattern in _keepFloat.Unused)
        {
            _run.Say(Diagnostic.Warning(Codes.UnusedPattern, $"KeepFloat=\"{pattern}\" matches no node name and no operator type. 'dotnet quant inspect <model> --nodes' lists both."));
        }
    }

    private static void RefuseQuantized(OnnxModel model, string displayPath)
    {
        if (QuantizedOperators.In(model.Graph) is { Count: > 0 } operators)
        {
            throw QuantException.Error(
                Codes.AlreadyQuantized,
                $"The model is quantized already: it has {string.Join(", ", operators)}. Name the float32 model that it was made from; or, to measure and embed this file as it is, set Precision=\"none\" and Reference to the float32 model.",
                displayPath);
        }
    }

    private CalibrationTable Calibrate()
    {
        string[] tensors = [.. _run.Job.Profiles.SelectMany(p => Planner.ValuesToCalibrate(_prepared.Model.Graph, p, _keepFloat.Reason)).Select(v => v.Name).Distinct()];
        return new Calibrator(_run.Inference).Calibrate(_prepared.Model, tensors, _data.Calibration, _run.Walk("Calibration"), _run.Cancellation);
    }

    /// <summary>Null where no sample takes the branch that computes it.</summary>
    private (double Min, double Max)? Range(Value value, HardwareProfile profile)
    {
        TensorStatistics seen = _table?.Find(value.Name) ?? throw new InvalidOperationException($"'{value.Name}' was not calibrated.");
        if (value.Graph.Parent is not null && seen.Histogram.Count == 0)
        {
            return null;
        }

        if (profile.Format == NumberFormat.Float16)
        {
            // The numbers themselves, not an interval to quantize over.
            return seen.Histogram.Count == 0 ? default : (seen.Histogram.Min, seen.Histogram.Max);
        }

        ValueRange range = seen.Range(_run.Job.Recipe == Recipe.Fast ? RangeMethod.MinMax : RangeMethod.Mse);
        return (range.Min, range.Max);
    }

    private string Nothing(QuantizationPlan plan)
    {
        const string Small = "No weight is large enough to be worth storing as int8";
        return _run.Job.Precision == Precision.Int8Weights
            ? Small + "."
            : $"{Small}, and no node can {(plan.Format == NumberFormat.Float16 ? "compute in float16" : "run as integers")}. {Reasons(plan)}";
    }

    private static string Reasons(QuantizationPlan plan) => plan.Nodes.All(n => n.Reason is null) ? "None computes with float32 numbers." : string.Join(
        "; ",
        plan.Nodes.Where(n => n.Reason is not null).GroupBy(n => n.Reason!).OrderByDescending(g => g.Count()).Take(3).Select(g => $"{g.First().Node}: {g.Key}"));
}
