using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Pipeline;

/// <summary>What a build says where its machine is none of the profile's.</summary>
internal static class HostFinding
{
    /// <summary>QBT5006, a message: what was measured how, and what was not. Null where nothing that was asked for is missing.</summary>
    public static Diagnostic? Of(QuantJob job, HardwareProfile profile, HostProcessor host, HostArithmetic arithmetic) => arithmetic.Basis switch
    {
        HostArithmetic.ExactKernels => OtherKernels(job, profile, host),
        HostArithmetic.Proved when job.MaxLatencyRatio is not null => Message(
            job,
            profile,
            $"This machine ({host}) runs faster kernels than the processors of {profile.Name}, so speed was not measured, and MaxLatencyRatio not judged. Build on a processor of the profile to measure its speed."),
        _ => null,
    };

    private static Diagnostic OtherKernels(QuantJob job, HardwareProfile profile, HostProcessor host)
    {
        bool sameArchitecture = host.Architecture == profile.Architecture;
        string wanted = sameArchitecture ? profile.Features.Replace("|", " nor ", StringComparison.Ordinal) : profile.Architecture;
        string kernels = sameArchitecture
            ? $"has neither {wanted}, so accuracy was measured with ONNX Runtime's kernels that do not saturate (session.x64quantprecision=1): their integer sums are those of {profile.Name}"
            : $"is not {wanted}, so accuracy was measured with its own kernels, whose integer sums do not saturate either";
        string gate = job.MaxLatencyRatio is null ? "" : ", and MaxLatencyRatio not judged";
        string app = sameArchitecture ? " An app on such a processor opens the model in the same way: right, but slower." : "";
        return Message(job, profile, $"This machine ({host}) {kernels}. Speed was not measured{gate}.{app} Build on a processor of the profile to measure its speed.");
    }

    private static Diagnostic Message(QuantJob job, HardwareProfile profile, string text) =>
        Diagnostic.Message(Codes.CannotMeasureHere, text, job.DisplayPath) with { Profile = profile.Name };
}
