using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Preparation;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Pipeline.Variants;

/// <summary>Variants that we quantize: prepared and calibrated once, then planned and rewritten for each profile.</summary>
internal sealed class QuantizedVariants : IVariantSource
{
    private readonly JobRun _run;
    private readonly FloatPatterns _keepFloat;
    private readonly Lazy<CalibratedModel> _plain;
    private readonly List<(HardwareProfile Profile, MadeVariant Variant)> _made = [];

    /// <summary>Prepares and calibrates.</summary>
    /// <param name="run">The job.</param>
    /// <param name="model">The float model; it is changed.</param>
    /// <param name="data">Its samples.</param>
    /// <exception cref="QuantException">The model is quantized already (QBT2002), or cannot be prepared or calibrated.</exception>
    public QuantizedVariants(JobRun run, OnnxModel model, JobData data)
    {
        _run = run;
        RefuseQuantized(model, run.Job.DisplayPath);
        run.Tell("Preparation", 0);
        _keepFloat = new FloatPatterns(run.Job.KeepFloat);
        PreparedModel prepared = new Preparer(run.Inference, n => _keepFloat.Reason(n) is not null)
            .Run(model, data.Calibration.Batch(data.Calibration.Batches(2)[0]), run.Job.DisplayPath);
        foreach (Diagnostic finding in prepared.Diagnostics)
        {
            run.Say(finding);
        }

        // Alike channels serve integers between layers; weights that are only stored lose by them.
        OnnxModel? before = null;
        ILookup<NumberFormat, HardwareProfile> formats = run.Job.Profiles.ToLookup(p => p.Format);
        if (run.Job.Precision != Precision.Int8Weights && run.Job.Recipe != Recipe.Fast && prepared.Model.Weights is null && formats.Contains(NumberFormat.Integer8))
        {
            before = data.Split is null && !formats.Contains(NumberFormat.Float16) ? null : Copy(prepared.Model);
            Conditioner.Apply(run, prepared.Model, data, n => _keepFloat.Reason(n) is not null);
        }

        Conditioned = new CalibratedModel(run, prepared.Model, data, _keepFloat);
        _plain = new Lazy<CalibratedModel>(() => before is null ? Conditioned : new CalibratedModel(run, before, data, _keepFloat));
    }

    /// <summary>The model that plans are made for, conditioned where the recipe does that.</summary>
    public CalibratedModel Conditioned { get; }

    /// <summary>The model before conditioning, which serves weights that are stored better than integers; the same where nothing was conditioned or nobody asks.</summary>
    public CalibratedModel Plain => _plain.Value;

    /// <summary>The model that serves a profile where nothing is searched.</summary>
    public CalibratedModel For(HardwareProfile profile) => profile.Format == NumberFormat.Float16 ? Plain : Conditioned;

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
        CalibratedModel model = For(profile);
        QuantizationPlan plan = model.Stored(model.Plan(profile, PrecisionMix.None), PrecisionMix.None);
        if (plan.ChangesAnything)
        {
            return model.Write(profile, plan);
        }

        _run.Say(new Diagnostic(Codes.NothingToQuantize, Severity.Error, Nothing(plan)) { Profile = profile.Name });
        return null;
    }

    public void Finish()
    {
        foreach (string pattern in _keepFloat.Unused)
        {
            _run.Say(Diagnostic.Warning(Codes.UnusedPattern, $"KeepFloat=\"{pattern}\" matches no node name and no operator type. 'dotnet quant inspect <model> --nodes' lists both."));
        }
    }

    /// <summary>A copy that knows the types of inner values, which files need not hold.</summary>
    private static OnnxModel Copy(OnnxModel model)
    {
        OnnxModel copy = ModelWriter.Copy(model);
        foreach ((Graph from, Graph to) in model.Graph.SelfAndSubgraphs().Zip(copy.Graph.SelfAndSubgraphs()))
        {
            foreach (Value value in from.Values)
            {
                if (to.Find(value.Name) is { } same)
                {
                    (same.Type, same.Shape, same.OtherType) = (value.Type, value.Shape, value.OtherType);
                }
            }
        }

        return copy;
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
