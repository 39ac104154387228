using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Saturation;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Pipeline.Measurement;

/// <summary>What a build says of weights that could saturate; only files of other tools have some.</summary>
internal static class SaturationText
{
    private const int Named = 4;

    /// <summary>QBT3012, a message, where accuracy was measured with the kernels that saturate; QBT3004, an error, where it could not be.</summary>
    /// <param name="profile">The profile whose processors saturate.</param>
    /// <param name="layers">At least one.</param>
    /// <param name="report">What was measured, and on which basis.</param>
    /// <param name="missing">Why no emulator ran, or null.</param>
    public static Diagnostic Finding(HardwareProfile profile, IReadOnlyList<SaturatingLayer> layers, ValidationReport report, string? missing)
    {
        string why = missing is null ? "" : $": {missing}";
        Diagnostic finding = report.Basis != HostArithmetic.NotTried
            ? Diagnostic.Message(Codes.MaySaturate, $"{Weights(layers)} can saturate, which other inputs than the measured ones may show. {Cure(profile)}")
            : Diagnostic.Error(Codes.CanSaturate, $"{Weights(layers)} can saturate on these processors, and what that costs could not be measured here{why}. {Cure(profile)}");
        return finding with { Profile = profile.Name };
    }

    /// <summary>How many weights, and where: the start of a sentence.</summary>
    public static string Weights(IReadOnlyList<SaturatingLayer> layers)
    {
        int pairs = layers.Sum(l => l.Pairs);
        string more = layers.Count > Named ? $" and {layers.Count - Named} more" : "";
        return $"{Wording.Count(pairs)} {(pairs == 1 ? "pair" : "pairs")} of weights, in {string.Join(", ", layers.Take(Named))}{more},";
    }

    public static string Cure(HardwareProfile profile) =>
        $"Let this build quantize the float32 model, which makes weights for {profile.Name} that cannot saturate, or leave {profile.Name} out of Profiles.";
}
