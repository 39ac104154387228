using QuantBuildTasks.Conformance.Models;
using QuantBuildTasks.Conformance.Running;

namespace QuantBuildTasks.Engine.Tests.Conformance;

/// <summary>All of ONNX's conformance models, examined once for all tests that ask.</summary>
public sealed class MeasuredConformance
{
    private readonly Lazy<ConformanceResult> _result = new(() => ConformanceRun.Run(ConformanceModel.PackageRoot));

    /// <summary>The findings; the test is skipped where Debian's package libonnx-testdata is not installed, unless the environment asks for it.</summary>
    internal ConformanceResult Result()
    {
        Assert.SkipUnless(
            Directory.Exists(ConformanceModel.PackageRoot) || Environment.GetEnvironmentVariable("QUANT_TEST_CONFORMANCE") == "1",
            "Debian's package libonnx-testdata is not installed.");
        return _result.Value;
    }
}
