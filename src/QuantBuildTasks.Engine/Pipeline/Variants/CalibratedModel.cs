using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Calibration.Ranges;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Planning.Stored;
using QuantBuildTasks.Engine.Preparation.Folding;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting;
using QuantBuildTasks.Engine.Validation.Saturation;

namespace QuantBuildTasks.Engine.Pipeline.Variants;

/// <summary>A float model that plans are made for, with what the calibration data say of it.</summary>
internal sealed class CalibratedModel
{
    private readonly JobRun _run;
    private readonly JobData _data;
    private readonly OnnxModel _model;
    private readonly FloatPatterns _keepFloat;
    private readonly LearnedRounding _rounding;
    private readonly CalibrationTable? _table;
    private readonly ChosenRanges? _ranges;
    private readonly Lazy<StoredModel> _file;
    private IReadOnlyDictionary<string, Shape>? _sizes;

    /// <summary>Calibrates.</summary>
    /// <param name="run">The job.</param>
    /// <param name="model">The prepared model; not changed from here on.</param>
    /// <param name="data">Its samples.</param>
    /// <param name="keepFloat">What the user keeps as it is.</param>
    /// <exception cref="QuantException">QBT1004, QBT1005: it does not run on the data.</exception>
    public CalibratedModel(JobRun run, OnnxModel model, JobData data, FloatPatterns keepFloat)
    {
        (_run, _data, _model, _keepFloat) = (run, data, model, keepFloat);
        _rounding = new LearnedRounding(run, model, data);
        _file = new Lazy<StoredModel>(() => ModelWriter.Store(model));
        _table = run.Job.Precision == Precision.Int8Weights ? null : Calibrate();
        _ranges = _table is null ? null : new ChosenRanges(run, model, _table, data, (profile, rangeOf) => Plan(profile, v => Range(v, profile, rangeOf), PrecisionMix.None, null));
    }

    /// <summary>The model as a file, made when it is asked for: calibrating needs none.</summary>
    public StoredModel File => _file.Value;

    /// <summary>The main graph.</summary>
    public Graph Graph => _model.Graph;

    /// <summary>Whether the weights lie in memory, so that several candidates can be made side by side.</summary>
    public bool IsInMemory => _model.Weights is null;

    /// <summary>Which nodes compute in what, before weights are stored; cheap.</summary>
    /// <param name="profile">Where it runs.</param>
    /// <param name="mix">What must stay float32 beside what the user says.</param>
    /// <param name="noise">What accuracy is worth; null: nothing.</param>
    public QuantizationPlan Plan(HardwareProfile profile, PrecisionMix mix, INoisePrice? noise = null) => _run.Job.Precision == Precision.Int8Weights
        ? StoredPlan.Float(Graph, profile.Name, _keepFloat.Reason)
        : Plan(profile, v => Range(v, profile, t => _ranges!.Of(t, profile)), mix, noise);

    private QuantizationPlan Plan(HardwareProfile profile, Func<Value, (double Min, double Max)?> rangeOf, PrecisionMix mix, INoisePrice? noise) =>
        Planner.Plan(Graph, profile, rangeOf, n => _keepFloat.Reason(n) ?? mix.Computing.GetValueOrDefault(n.DisplayName), noise, SizeOf);

    /// <summary>The plan, with the weights of float nodes stored.</summary>
    public QuantizationPlan Stored(QuantizationPlan plan, PrecisionMix mix) => StoredPlan.Complete(plan, Graph, _keepFloat.Reason, n => mix.FineWeights.Contains(n.DisplayName));

    /// <summary>A copy of the model that plans are made for, its weights rounded for a plan and still float32.</summary>
    /// <exception cref="QuantException">QBT1004: the model does not run on the data.</exception>
    public OnnxModel Rounded(QuantizationPlan plan)
    {
        OnnxModel rounded = Copy();
        _rounding.Apply(rounded, plan);
        return rounded;
    }

    /// <summary>A copy of the model that plans are made for.</summary>
    public OnnxModel Copy() => ModelWriter.Copy(_model);

    /// <summary>Writes a plan; says nothing.</summary>
    /// <exception cref="QuantException">QBT1004: the model does not run on the data.</exception>
    public MadeVariant Write(HardwareProfile profile, QuantizationPlan plan)
    {
        return Write(profile, plan, Rounded(plan));
    }

    /// <summary>
    /// Writes a plan with weights that were rounded layer after layer for what the quantized model reads, and that make up for the error of their inputs. It costs a run of both models.
    /// </summary>
    /// <returns>Null where there is nothing to make up for.</returns>
    /// <exception cref="QuantException">QBT1004: the model does not run on the data.</exception>
    public MadeVariant? WriteInTurn(HardwareProfile profile, QuantizationPlan plan)
    {
        OnnxModel rounded = Copy();
        return _rounding.ApplyInTurn(rounded, plan, profile) is { } refined ? Write(profile, refined, rounded) : null;
    }

    private MadeVariant Write(HardwareProfile profile, QuantizationPlan plan, OnnxModel rewritten)
    {
        PlanRewriter.Rewrite(rewritten, plan);
        if (profile.Saturation != SaturationRule.None && SaturationChecker.Check(rewritten).FirstOrDefault() is { Node: not null } pair)
        {
            throw new InvalidOperationException($"The weights made for {profile.Name} could saturate: {pair}.");
        }

        return new MadeVariant(ModelWriter.StoreWithoutNotes(rewritten), plan, File)
        {
            Findings = BranchFinding.Of(plan, Graph, profile) is { } untaken ? [untaken] : [],
        };
    }

    /// <summary>The shape of a value for one sample.</summary>
    public Shape? SizeOf(Value value) =>
        (_sizes ??= SampleSizes.Of(_model, _data.Calibration.Batch(_data.Calibration.Batches(1)[0]), _run.Inference)).GetValueOrDefault(value.Name);

    private CalibrationTable Calibrate()
    {
        // With other nodes left float32 another layer of a branch may have to show that the branch is taken.
        IEnumerable<Value> witnesses = _data.Split is null ? [] : Graph.SelfAndSubgraphs().Skip(1).SelectMany(g => g.Nodes)
            .Where(n => n.Outputs is [{ Type: ElementType.Float32 }, ..] && n.Inputs.Any(i => i?.Constant is { Type: ElementType.Float32, Rank: > 1 }))
            .Select(n => n.Output());
        string[] tensors = [.. _run.Job.Profiles.SelectMany(ValuesToCalibrate).Concat(witnesses).Select(v => v.Name).Distinct()];
        var scopes = new Scopes(Graph);
        CalibrationOptions walk = _run.Walk("Calibration") with { BoundsOf = t => scopes.Find(t) is { } value ? KnownRange.Reachable(value) : null };
        return new Calibrator(_run.Inference).Calibrate(_model, tensors, _data.Calibration, walk, _run.Cancellation);
    }

    /// <summary>A search makes many plans, else there is one.</summary>
    private IReadOnlyCollection<Value> ValuesToCalibrate(HardwareProfile profile) =>
        _data.Split is null ? Planner.ValuesToCalibrate(Graph, profile, _keepFloat.Reason, SizeOf) : Planner.ValuesToCalibrate(Graph, profile, _keepFloat.Reason);

    /// <summary>Null where no sample takes the branch that computes it.</summary>
    private (double Min, double Max)? Range(Value value, HardwareProfile profile, Func<TensorStatistics, ValueRange> rangeOf)
    {
        TensorStatistics seen = _table?.Find(value.Name) ?? throw new InvalidOperationException($"'{value.Name}' was not calibrated.");
        if (value.Graph.Parent is not null && seen.Histogram.Count == 0)
        {
            return null;
        }

        if (profile.Format == NumberFormat.Float16)
        {
            // The numbers themselves, not an interval to quantize over.
            return seen.Observed;
        }

        ValueRange range = rangeOf(seen);
        return (range.Min, range.Max);
    }
}
