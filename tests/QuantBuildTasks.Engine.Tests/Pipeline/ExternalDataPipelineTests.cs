using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Emulation;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Validation;

namespace QuantBuildTasks.Engine.Tests.Pipeline;

public sealed class ExternalDataPipelineTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("quant");

    private string Data => Path.Combine(_root.FullName, "net.data");

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Weights_beside_the_model_give_the_same_artifact_as_weights_within(bool onlyStored)
    {
        Precision precision = onlyStored ? Precision.Int8Weights : Precision.Int8;
        using QuantResult within = Run(Whole(precision));
        using QuantResult beside = Run(Parts(precision));

        Assert.Equal(Bytes(within), Bytes(beside));
        Assert.Empty(within.ExternalData);
        ExternalFile file = Assert.Single(beside.ExternalData);
        Assert.Equal((Data, new FileInfo(Data).Length, File.GetLastWriteTimeUtc(Data)), (file.Path, file.Bytes, file.Modified));
        Assert.InRange(beside.FloatBytes, within.FloatBytes - 200, within.FloatBytes + 200);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_that_leaves_its_weights_in_files_gives_the_same_artifact(bool beside)
    {
        // Weights that stay in files are rounded to nearest, as the recipe fast rounds all.
        QuantJob job = (beside ? Parts(Precision.Int8Weights) : Whole(Precision.Int8Weights)) with { Recipe = Recipe.Fast };
        using QuantResult inMemory = Run(job);
        byte[] made;
        using (QuantResult inFiles = Run(job with { LargestInMemory = 1000 }))
        {
            made = Bytes(inFiles);
            Assert.False(inFiles.Variants[0].Artifact.IsWhole);
            Assert.Null(inFiles.Variants[0].Report.Speedup);
            Assert.Contains(inFiles.Diagnostics, d => d.Code == Codes.CannotMeasureHere || inFiles.Variants[0].Report.Basis != HostArithmetic.Native);
        }

        Assert.Equal(Bytes(inMemory), made);
        Assert.Equal(["data.npz", .. beside ? new[] { "net.data", "net.onnx" } : ["net.onnx"]], _root.GetFiles().Select(f => f.Name).Order(StringComparer.Ordinal));
        Assert.Empty(_root.GetDirectories());
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
            using (QuantResult whole = Run(job))
            {
                expected = Bytes(whole);
            }

            string folder = Path.Combine(_root.FullName, name);
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
            using QuantResult result = Run(job with { ModelPath = Path.Combine(folder, "net.onnx"), LargestInMemory = 1000 });

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
        using QuantResult result = Run(job with { LargestInMemory = 1000, WorkFolder = Path.Combine(job.ModelPath, "work") });

        Assert.Equal(Codes.CannotWrite, Assert.Single(result.Diagnostics).Code);
    }

    [Fact]
    public void A_missing_file_of_weights_is_QBT1007()
    {
        QuantJob job = Parts(Precision.Int8Weights);
        File.Delete(Data);

        using QuantResult result = Run(job);

        Assert.Equal(Codes.ExternalData, Assert.Single(result.Diagnostics).Code);
    }

    private static byte[] Bytes(QuantResult result)
    {
        Assert.Empty(result.Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => d.Text));
        var stream = new MemoryStream();
        result.Variants[0].Artifact.WriteTo(stream);
        return stream.ToArray();
    }

    private static QuantResult Run(QuantJob job) => new QuantPipeline(new OrtInference()).Run(job, null, TestContext.Current.CancellationToken);

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
        string path = Path.Combine(_root.FullName, "net.onnx");
        File.WriteAllBytes(path, ModelWriter.Write(model));
        string data = Path.Combine(_root.FullName, "data.npz");
        float[] x = [.. Enumerable.Range(0, 32 * 128).Select(i => MathF.Sin(i))];
        NpzWriter.Write(data, new Dictionary<string, Tensor> { ["x"] = Tensor.Of(x, 32, 128) });
        return new QuantJob
        {
            ModelPath = path,
            DisplayPath = "net.onnx",
            Profiles = [BuiltInProfiles.X64Vnni with { Costs = null }],
            CalibrationData = [data],
            ValidationData = [data],
            Precision = precision,
            Metrics = [new MetricRequest(MetricKind.Sqnr)],
            Emulation = new EmulationSettings { Emulator = EmulationSettings.Off },
            WorkFolder = _root.FullName,
        };
    }
}
