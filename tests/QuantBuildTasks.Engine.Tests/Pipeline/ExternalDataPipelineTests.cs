using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Tests.Pipeline;

public sealed class ExternalDataPipelineTests : IDisposable
{
    private readonly JobFolder _folder = new();

    private string Data => _folder["net.data"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Weights_beside_the_model_give_the_same_artifact_as_weights_within(bool onlyStored)
    {
        Precision precision = onlyStored ? Precision.Int8Weights : Precision.Int8;
        using QuantResult within = JobFolder.Run(Whole(precision));
        using QuantResult beside = JobFolder.Run(Parts(precision));

        Assert.Equal(Bytes(within), Bytes(beside));
        Assert.Empty(within.ExternalData);
        ExternalFile file = Assert.Single(beside.ExternalData);
        Assert.Equal((Data, new FileInfo(Data).Length, File.GetLastWriteTimeUtc(Data)), (file.Path, file.Bytes, file.Modified));
        Assert.InRange(beside.FloatBytes, within.FloatBytes - 200, within.FloatBytes + 200);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void A_model_that_leaves_its_weights_in_files_gives_the_same_artifact(bool beside, bool integers)
    {
        Precision precision = integers ? Precision.Int8 : Precision.Int8Weights;

        // Weights that stay in files are rounded to nearest, as the recipe fast rounds all.
        QuantJob job = (beside ? Parts(precision) : Whole(precision)) with { Recipe = Recipe.Fast };
        using QuantResult inMemory = JobFolder.Run(job);
        byte[] made;
        using (QuantResult inFiles = JobFolder.Run(job with { LargestInMemory = 1000 }))
        {
            made = Bytes(inFiles);
            Assert.False(inFiles.Variants[0].Artifact.IsWhole);
            Assert.Null(inFiles.Variants[0].Report.Speedup);
            Assert.Contains(inFiles.Diagnostics, d => d.Code == Codes.CannotMeasureHere || inFiles.Variants[0].Report.Basis != HostArithmetic.Native);
        }

        Assert.Equal(Bytes(inMemory), made);
        Assert.Equal(["data.npz", .. beside ? new[] { "net.data", "net.onnx" } : ["net.onnx"]], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.GetDirectories(_folder.Path));
    }

    [Theory]
    [InlineData("a:b")]
    [InlineData("a\\b")]
    [InlineData("link")]
    public void A_large_model_may_lie_in_any_folder(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Such names are not allowed, and links need rights, on Windows.");
        DirectoryInfo elsewhere = Directory.CreateTempSubdirectory("quant");
        try
        {
            QuantJob job = Parts(Precision.Int8Weights) with { Recipe = Recipe.Fast };
            byte[] expected;
            using (QuantResult whole = JobFolder.Run(job))
            {
                expected = Bytes(whole);
            }

            string folder = _folder[name];
            if (name == "link")
            {
                Directory.CreateSymbolicLink(folder, elsewhere.FullName);
            }
            else
            {
                Directory.CreateDirectory(folder);
            }

            File.Move(job.ModelPath, Path.Combine(folder, "net.onnx"));
            File.Move(Data, Path.Combine(folder, "net.data"));
            using QuantResult result = JobFolder.Run(job with { ModelPath = Path.Combine(folder, "net.onnx"), LargestInMemory = 1000 });

            Assert.Equal(expected, Bytes(result));
        }
        finally
        {
            elsewhere.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_folder_for_weights_that_cannot_be_made_is_QBT4001()
    {
        QuantJob job = Whole(Precision.Int8Weights);

        // A file where the folder is to be: rights would not stop a test that runs as root.
        using QuantResult result = JobFolder.Run(job with { LargestInMemory = 1000, WorkFolder = Path.Combine(job.ModelPath, "work") });

        Assert.Equal(Codes.CannotWrite, Assert.Single(result.Diagnostics).Code);
    }

    [Fact]
    public void A_missing_file_of_weights_is_QBT1007()
    {
        QuantJob job = Parts(Precision.Int8Weights);
        File.Delete(Data);

        using QuantResult result = JobFolder.Run(job);

        Assert.Equal(Codes.ExternalData, Assert.Single(result.Diagnostics).Code);
    }

    private static byte[] Bytes(QuantResult result)
    {
        Assert.Empty(result.Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => d.Text));
        var stream = new MemoryStream();
        result.Variants[0].Artifact.WriteTo(stream);
        return stream.ToArray();
    }

    private QuantJob Parts(Precision precision)
    {
        QuantJob job = Whole(precision);
        var whole = new StoredModel(File.ReadAllBytes(job.ModelPath));
        using FileStream data = File.Create(Data);
        File.WriteAllBytes(job.ModelPath, whole.WriteParts("net.data", data));
        return job;
    }

    private QuantJob Whole(Precision precision)
    {
        OnnxModel model = new ModelBuilder(17).Input("x", "N", 128)
            .Weight("w", 128, 1024).Node("MatMul", "x w -> a").Node("Relu", "a -> b")
            .Weight("u", 64, 1024).Weight("t", 64).Node("Gemm", "b u t -> y", ("transB", 1)).Output("y").Build();
        float[] x = [.. Enumerable.Range(0, 32 * 128).Select(i => MathF.Sin(i))];
        return _folder.Job(model, 20, ("x", Tensor.Of(x, 32, 128))) with { Precision = precision, WorkFolder = _folder.Path };
    }
}
