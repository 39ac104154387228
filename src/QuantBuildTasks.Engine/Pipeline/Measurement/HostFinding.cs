using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;

namespace QuantBuildTasks.Engine.Pipeline.Measurement;

/// <summary>What a build says where its machine is none of the profile's.</summary>
internal static class HostFinding
{
    /// <summary>Messages: QBT5006, what was measured how, and what was not; QBT5009, why no emulator ran. None where nothing that was asked for is missing.</summary>
    public static IEnumerable<Diagnostic> Of(QuantJob job, HardwareProfile profile, HostProcessor host, HostArithmetic arithmetic, ValidationReport report, bool needsVnni, string? missing)
    {
        if (Basis(job, profile, host, arithmetic, report, needsVnni) is { } text)
        {
            yield return Message(Codes.CannotMeasureHere, text);
        }

        // Where no emulator of such processors exists at all, there is nothing to install.
        if (missing is not null && profile.Emulation is not null)
        {
            yield return Message(Codes.NoEmulator, $"ONNX Runtime's own kernels for these processors were not run under an emulator: {missing}. The basis of what was measured is '{report.Basis}'. After installing an emulator rebuild the project: it is no input of the build.");
        }

        Diagnostic Message(string code, string text) => Diagnostic.Message(code, text, job.DisplayPath) with { Profile = profile.Name };
    }

    private static string? Basis(QuantJob job, HardwareProfile profile, HostProcessor host, HostArithmetic arithmetic, ValidationReport report, bool needsVnni) => arithmetic.Basis switch
    {
        HostArithmetic.Native when report.Speedup is null =>
            $"Models of more than 1 GiB run here with their weights left in files, which takes longer than in an app.{Speed(job)}",
        HostArithmetic.NotTried when report.Emulated is null => $"No processor of {profile.Name} computes here, and no emulator of one is known. The figures are those of ONNX Runtime's CPU provider, which rounds in other places: an estimate, which shows gross failures.{Speed(job)}",
        HostArithmetic.ExactKernels when report.Emulated is null => OtherKernels(job, profile, host, arithmetic, needsVnni),
        HostArithmetic.ExactKernels or HostArithmetic.Proved when job.MaxLatencyRatio is not null =>
            $"This machine ({host}) runs other kernels than the processors of {profile.Name}, so speed was not measured, and MaxLatencyRatio not judged. Build on a processor of the profile to measure its speed.",
        _ => null,
    };

    private static string OtherKernels(QuantJob job, HardwareProfile profile, HostProcessor host, HostArithmetic arithmetic, bool needsVnni)
    {
        bool sameArchitecture = host.Architecture == profile.Architecture;
        string wanted = sameArchitecture ? profile.Features.Replace("|", " nor ", StringComparison.Ordinal) : profile.Architecture;
        string kernels = sameArchitecture
            ? $"has neither {wanted}, so accuracy was measured with {(arithmetic.ExactSums ? "ONNX Runtime's kernels that do not saturate (those for unsigned weights)" : "its own kernels, which do not saturate")}: their integer sums are those of {profile.Name}"
            : $"is not {wanted}, so accuracy was measured with its own kernels, whose integer sums do not saturate either";
        string app = !sameArchitecture ? ""
            : needsVnni ? " An app on such a processor opens another profile's model, since its own session cannot have these sums."
            : " An app on such a processor opens the model in the same way: right, but slower.";
        return $"This machine ({host}) {kernels}.{Speed(job)}{app} Build on a processor of the profile to measure its speed.";
    }

    private static string Speed(QuantJob job) => job.MaxLatencyRatio is null ? " Speed was not measured." : " Speed was not measured, and MaxLatencyRatio not judged.";
}
