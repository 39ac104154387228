using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Metrics;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Pipeline.Variants;

/// <summary>Files that another tool quantized: measured and embedded as they are.</summary>
public sealed class GivenModelTests : IDisposable
{
    private readonly JobFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void File_of_another_tool_is_compared_with_its_reference_and_kept_byte_for_byte()
    {
        QuantJob job = Job(BuiltInProfiles.X64Vnni);

        QuantResult result = JobFolder.Run(job);

        QuantVariant variant = Assert.Single(result.Variants);
        Assert.Equal(File.ReadAllBytes(job.ModelPath), variant.Artifact.Graph);
        Assert.Equal(new FileInfo(job.ReferencePath!).Length, result.FloatBytes);
        Assert.InRange(variant.Report.SqnrDb, 20, 60);
        Assert.True(result.Succeeded);
    }

    [Fact]
    public void Saturating_weights_that_cannot_be_measured_fail_the_profile_that_saturates_and_name_the_layer()
    {
        QuantResult result = JobFolder.Run(Job(BuiltInProfiles.X64Avx2));

        Diagnostic error = Assert.Single(result.Diagnostics, d => d.Severity == Severity.Error);
        Assert.Equal((Codes.CanSaturate, "x64-avx2"), (error.Code, error.Profile));
        Assert.Contains("Gemm_y (", error.Text, StringComparison.Ordinal);
        Assert.Equal("not tried", Assert.Single(result.Variants).Report.Basis);
    }

    [Fact]
    public void Saturating_weights_that_were_measured_on_the_kernels_that_saturate_are_a_message()
    {
        QuantResult result = JobFolder.Run(Job(BuiltInProfiles.X64Avx2), new HostProcessor("x64", ["avx2"]));

        Assert.Equal(Severity.Message, Assert.Single(result.Diagnostics, d => d.Code == Codes.MaySaturate).Severity);
        Assert.Equal("native", Assert.Single(result.Variants).Report.Basis);
    }

    [Fact]
    public void Without_reference_the_file_is_compared_with_itself()
    {
        QuantResult result = JobFolder.Run(Job(BuiltInProfiles.X64Vnni) with { ReferencePath = null, ReferenceDisplayPath = null });

        Assert.Equal(double.PositiveInfinity, Assert.Single(result.Variants).Report.SqnrDb);
    }

    [Fact]
    public void Reference_with_other_inputs_is_refused_with_both_lists()
    {
        QuantJob job = Job(BuiltInProfiles.X64Vnni);
        File.WriteAllBytes(job.ReferencePath!, ModelWriter.Write(new ModelBuilder().Input("image", "N", 8).Node("Relu", "image -> y").Output("y").Build()));
        string data = _folder.Write("image.npz", ("image", Random("image", 4, 8)));

        Diagnostic error = Assert.Single(JobFolder.Run(job with { ValidationData = [data] }).Diagnostics);

        Assert.Equal((Codes.ReferenceMismatch, Severity.Error), (error.Code, error.Severity));
        Assert.Contains("takes x (Float32), but its Reference 'float.onnx' takes image (Float32)", error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Quantized_model_is_not_quantized_again()
    {
        QuantJob job = Job(BuiltInProfiles.X64Vnni) with { Precision = Precision.Auto, ReferencePath = null };

        Diagnostic error = Assert.Single(JobFolder.Run(job with { CalibrationData = job.ValidationData }).Diagnostics);

        Assert.Equal(Codes.AlreadyQuantized, error.Code);
        Assert.Contains("QuantizeLinear", error.Text, StringComparison.Ordinal);
        Assert.Contains("Precision=\"none\"", error.Text, StringComparison.Ordinal);
    }

    private QuantJob Job(HardwareProfile profile) => _folder.GivenJob(profile, 40, 8);
}
