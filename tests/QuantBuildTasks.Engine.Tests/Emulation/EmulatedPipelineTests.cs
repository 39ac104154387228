using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Tests.Pipeline;
using QuantBuildTasks.Engine.Validation;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Emulation;

/// <summary>The whole way for x64-avx2 on a machine with VNNI and an emulator: files that are right here and wrong there must not pass.</summary>
public sealed class EmulatedPipelineTests : IDisposable
{
    private readonly JobFolder _folder = new();
    private readonly Emulators _emulators = new();

    public void Dispose()
    {
        _emulators.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Our_variant_is_confirmed_bit_for_bit_and_keeps_what_all_samples_gave()
    {
        _emulators.Inference(BuiltInProfiles.X64Avx2);

        QuantResult result = JobFolder.Run(Job() with { Precision = Precision.Auto, ModelPath = _folder["float.onnx"], ReferencePath = null });

        ValidationReport report = Assert.Single(result.Variants).Report;
        Assert.Equal(("emulated", 64), (report.Basis, report.Samples));
        Assert.Equal((64, 64), (report.Emulated!.AgainstNative.Samples, report.Emulated.AgainstNative.Identical));
        Assert.DoesNotContain(result.Diagnostics, d => d.Code == Codes.NoEmulator);
        Assert.True(result.Succeeded);
    }

    [Fact]
    public void File_that_saturates_fails_with_what_is_lost_and_the_layer_though_it_is_right_on_this_machine()
    {
        _emulators.Inference(BuiltInProfiles.X64Avx2);

        QuantResult here = JobFolder.Run(Job() with { Profiles = [BuiltInProfiles.X64Vnni] });
        QuantResult there = JobFolder.Run(Job());

        Assert.True(here.Succeeded);
        Diagnostic error = Assert.Single(there.Diagnostics, d => d.Severity == Severity.Error);
        Assert.Equal((Codes.AccuracyRegressed, "x64-avx2"), (error.Code, error.Profile));
        Assert.Contains("under emulation SQNR of the output is ", error.Text, StringComparison.Ordinal);
        Assert.Contains("Gemm_y (", error.Text, StringComparison.Ordinal);
        Assert.Contains("saturate on these processors", error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Emulator_that_breaks_is_a_warning_and_the_basis_is_the_one_without_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The program that breaks is one of Linux.");
        string broken = _folder["qemu-x86_64"];
        File.CreateSymbolicLink(broken, "/bin/false");
        QuantJob job = Job() with { Precision = Precision.Auto, ModelPath = _folder["float.onnx"], ReferencePath = null };

        QuantResult result = JobFolder.Run(job with { Emulation = job.Emulation with { Emulator = broken } });

        Assert.Equal(Severity.Warning, Assert.Single(result.Diagnostics, d => d.Code == Codes.EmulatorFailed).Severity);
        Assert.Equal("proved", Assert.Single(result.Variants).Report.Basis);
        Assert.True(result.Succeeded);
    }

    private QuantJob Job()
    {
        QuantJob job = _folder.GivenJob(BuiltInProfiles.X64Avx2, 64, 32);
        return job with { CalibrationData = job.ValidationData, Emulation = new EmulationSettings() };
    }
}
