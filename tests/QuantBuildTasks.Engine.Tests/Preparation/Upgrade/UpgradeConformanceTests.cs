using Microsoft.ML.OnnxRuntime;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation.Upgrade;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

/// <summary>The upgrade on all of ONNX's conformance models that ONNX Runtime's CPU provider runs.</summary>
public sealed class UpgradeConformanceTests(ITestOutputHelper output)
{
    private const long Target = 21;

    [Fact]
    public void Conformance_models_give_the_same_outputs_after_an_upgrade()
    {
        Assert.SkipUnless(
            ConformanceModel.Available || Environment.GetEnvironmentVariable("QUANT_TEST_CONFORMANCE") == "1",
            "Debian's package libonnx-testdata is not installed.");

        ILookup<Outcome, Finding> findings = ConformanceModel.All().AsParallel().AsOrdered().Select(Examine).ToLookup(f => f.Outcome);
        foreach (IGrouping<Outcome, Finding> group in findings.OrderBy(g => g.Key))
        {
            output.WriteLine($"{group.Count()} {group.Key}");
            foreach (Finding finding in group.Where(f => f.Detail is not null))
            {
                output.WriteLine($"  {finding.Model} (opset {finding.Opset}): {finding.Detail}");
            }
        }

        Assert.Empty(findings[Outcome.Differs].Concat(findings[Outcome.Refused]).Select(f => $"{f.Model}: {f.Detail}"));
    }

    private static Finding Examine(ConformanceModel model)
    {
        byte[] bytes = model.Bytes();
        OnnxModel read = ModelReader.Read(bytes, model.Name);
        long opset = read.Opset;
        (object?[]? Inputs, object?[]? Outputs, string? Error) before = Run(model, bytes, out object?[]? shipped);
        Finding Found(Outcome outcome, string? detail = null) => new(model.Name, opset, outcome, detail);
        try
        {
            OpsetUpgrade.Run(read, Target, model.Name);
        }
        catch (QuantException e)
        {
            return Found(before.Error is null ? Outcome.Refused : Outcome.RefusedAsByOnnxRuntime, e.Diagnostic.Text);
        }

        (object?[]? Inputs, object?[]? Outputs, string? Error) after = Run(model, ModelWriter.Write(read), out shipped);
        if (after.Error is not null)
        {
            return before.Error is null ? Found(Outcome.Differs, after.Error) : Found(Outcome.RunsInNoForm, before.Error == after.Error ? after.Error : $"{before.Error} | {after.Error}");
        }

        string? difference = ResultDifference.Between(shipped!, after.Outputs!);
        return difference is null ? Found(before.Error is null ? Outcome.Equal : Outcome.RunsOnlyAfterUpgrade)
            : before.Outputs is not null && ResultDifference.Between(before.Outputs, after.Outputs!) is null ? Found(Outcome.EqualToOnnxRuntimeButNotToReference, difference)
            : Found(Outcome.Differs, difference);
    }

    private static (object?[]? Inputs, object?[]? Outputs, string? Error) Run(ConformanceModel model, byte[] bytes, out object?[]? shipped)
    {
        shipped = null;
        try
        {
            using var session = new RawSession(bytes);
            object?[] inputs = model.Inputs(session.Inputs);
            shipped = model.Outputs(session.Outputs);
            return (inputs, session.Run(inputs), null);
        }
        catch (Exception e) when (e is OnnxRuntimeException or NotSupportedException)
        {
            return (null, null, e.Message.Split('\n', 2)[0]);
        }
    }

    private sealed record Finding(string Model, long Opset, Outcome Outcome, string? Detail);

    private enum Outcome
    {
        Equal,
        RunsOnlyAfterUpgrade,
        EqualToOnnxRuntimeButNotToReference,
        RunsInNoForm,
        RefusedAsByOnnxRuntime,
        Refused,
        Differs,
    }
}
