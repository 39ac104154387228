using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Tests;

/// <summary>
/// ONNX Runtime with the integer sums of processors with VNNI, whatever the processor: tests of what a file computes must not depend on the machine. Other x64 processors saturate, and are
/// told not to, as <see cref="HostArithmetic"/> tells them in a build.
/// </summary>
internal sealed class VnniInference : IInference
{
    private static readonly HostArithmetic s_arithmetic = HostArithmetic.Of(BuiltInProfiles.X64Vnni, HostProcessor.Current);

    private readonly OrtInference _inference = new();

    public IInferenceSession Open(StoredModel model, SessionSettings settings) => _inference.Open(model, settings with { ExactSums = settings.ExactSums || s_arithmetic.ExactSums });
}
