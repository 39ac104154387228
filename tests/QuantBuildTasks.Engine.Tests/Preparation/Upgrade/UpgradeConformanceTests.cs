using Microsoft.ML.OnnxRuntime;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation.Upgrade;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

/// <summary>The upgrade on all of ONNX's conformance models that ONNX Runtime's CPU provider runs.</summary>
public sealed class UpgradeConformanceTests(ITestOutputHelper output)
{
    /// <summary>The package has about 970 that equal their reference; far fewer would mean that the test looks at nothing.</summary>
    private const int LeastEqual = 900;

    /// <summary>ONNX Runtime 1.31.1 knows opset 22, but has no CPU kernels for RoiAlign and RandomUniformLike in it.</summary>
    private const long LastWithAllKernels = 21;

    private const string NoKernel = "Could not find an implementation";

    [Theory]
    [InlineData(13)]
    [InlineData(18)]
    [InlineData(21)]
    [InlineData(23)]
    public void Conformance_models_give_the_same_outputs_after_an_upgrade(long target)
    {
        Assert.SkipUnless(
            ConformanceModel.Available || Environment.GetEnvironmentVariable("QUANT_TEST_CONFORMANCE") == "1",
            "Debian's package libonnx-testdata is not installed.");

        ILookup<Outcome, Finding> findings = ConformanceModel.All().AsParallel().AsOrdered().Select(m => Examine(m, target)).ToLookup(f => f.Outcome);
        foreach (IGrouping<Outcome, Finding> group in findings.OrderBy(g => g.Key))
        {
            output.WriteLine($"{group.Count()} {group.Key}");
            foreach (Finding finding in group.Where(f => f.Detail is not null))
            {
                output.WriteLine($"  {finding.Model} (opset {finding.Opset}): {finding.Detail}");
            }
        }

        Assert.InRange(findings[Outcome.Equal].Count(), LeastEqual, int.MaxValue);
        Assert.Empty(findings[Outcome.Differs].Concat(findings[Outcome.Refused]).Select(f => $"{f.Model}: {f.Detail}"));
    }

    private static Finding Examine(ConformanceModel model, long target)
    {
        byte[] bytes = model.Bytes();
        OnnxModel read = ModelReader.Read(bytes, model.Name);
        long opset = read.Opset;
        (object?[]? Outputs, string? Error) before = Run(model, bytes, out object?[]? shipped);
        Finding Found(Outcome outcome, string? detail = null) => new(model.Name, opset, outcome, detail);
        try
        {
            OpsetUpgrade.Run(read, target, model.Name);
        }
        catch (QuantException e)
        {
            return Found(before.Error is null ? Outcome.Refused : Outcome.RefusedAsByOnnxRuntime, e.Diagnostic.Text);
        }

        (object?[]? Outputs, string? Error) after = Run(model, ModelWriter.Write(read), out shipped);
        if (after.Error is not null)
        {
            return before.Error is null ? Found(target > LastWithAllKernels && after.Error.Contains(NoKernel, StringComparison.Ordinal) ? Outcome.NoKernelForTarget : Outcome.Differs, after.Error) : Found(Outcome.RunsInNoForm, before.Error == after.Error ? after.Error : $"{before.Error} | {after.Error}");
        }

        string? difference = ResultDifference.Between(shipped!, after.Outputs!);
        return difference is null ? Found(before.Error is null ? Outcome.Equal : Outcome.RunsOnlyAfterUpgrade)
            : before.Outputs is not null && ResultDifference.Between(before.Outputs, after.Outputs!) is null ? Found(Outcome.EqualToOnnxRuntimeButNotToReference, difference)
            : Found(Outcome.Differs, difference);
    }

    private static (object?[]? Outputs, string? Error) Run(ConformanceModel model, byte[] bytes, out object?[]? shipped)
    {
        shipped = null;
        try
        {
            using var session = new RawSession(bytes);
            object?[] inputs = model.Inputs(session.Inputs);
            shipped = model.Outputs(session.Outputs);
            return (session.Run(inputs), null);
        }
        catch (Exception e) when (e is OnnxRuntimeException or NotSupportedException)
        {
            return (null, e.Message.Split('\n', 2)[0]);
        }
    }

    private sealed record Finding(string Model, long Opset, Outcome Outcome, string? Detail);

    private enum Outcome
    {
        /// <summary>The outputs are those that ship with the model.</summary>
        Equal,

        /// <summary>As <see cref="Equal"/>, and ONNX Runtime has no kernels for the form before.</summary>
        RunsOnlyAfterUpgrade,

        /// <summary>ONNX Runtime gives the same before and after, but not what ships with the model: random numbers, rounded references.</summary>
        EqualToOnnxRuntimeButNotToReference,

        /// <summary>ONNX Runtime runs neither form.</summary>
        RunsInNoForm,

        /// <summary>ONNX Runtime's CPU provider runs the form before and has no kernel for the newest version of an operator that did not change.</summary>
        NoKernelForTarget,

        /// <summary>We refuse what ONNX Runtime refuses.</summary>
        RefusedAsByOnnxRuntime,

        /// <summary>We refuse what ONNX Runtime runs: a failure.</summary>
        Refused,

        /// <summary>Other outputs, or none any more: a failure.</summary>
        Differs,
    }
}
