using QuantBuildTasks.Engine.Data.Images;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Tests.Data.Images;
using QuantBuildTasks.Engine.Validation;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Pipeline;

public sealed class ImageFolderPipelineTests : IDisposable
{
    private const int Count = 30;
    private readonly JobFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Folder_of_images_and_npz_of_the_same_pictures_give_the_same_artifact_bytes()
    {
        string images = _folder["images"];
        float[] mean = [0.485f, 0.456f, 0.406f];
        float[] std = [0.229f, 0.224f, 0.225f];
        float[] values = new float[Count * 3 * 64];
        long[] labels = new long[Count];
        for (int n = 0; n < Count; n++)
        {
            Picture picture = PngBytes.Pattern(8, 8, 3, seed: n * 11);
            labels[n] = n / 10;
            string path = Path.Combine(images, $"class {labels[n]}", $"{n:D2}.png");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, PngBytes.Of(picture));
            for (int i = 0; i < 192; i++)
            {
                // What an app does with NumPy: ((x / 255) − mean) / std, then the channels in front.
                int c = i % 3;
                values[(((n * 3) + c) * 64) + (i / 3)] = ((picture.Pixels[i] / 255f) - mean[c]) / std[c];
            }
        }

        var steps = new Preprocessing { Width = 8, Height = 8, ScaleDivisor = 255, Mean = mean, Std = std };

        QuantJob job = _folder.Job(Model(), 20, ("x", Tensor.Of(values, Count, 3, 8, 8)), ("labels", Tensor.Vector(labels))) with { Profiles = [BuiltInProfiles.X64Vnni], Metrics = MetricRequest.Default };

        QuantResult ofImages = JobFolder.Run(job with { CalibrationData = [images], ValidationData = [images], Preprocess = steps });
        QuantResult ofNpz = JobFolder.Run(job);

        Assert.Equal(Assert.Single(ofNpz.Variants).Artifact.Graph, Assert.Single(ofImages.Variants).Artifact.Graph);
        Assert.Equal(ofNpz.Variants[0].Report.FloatValue, ofImages.Variants[0].Report.FloatValue);
        Assert.Equal(ofNpz.Variants[0].Report.SqnrDb, ofImages.Variants[0].Report.SqnrDb);
    }

    private static OnnxModel Model() => new ModelBuilder().Input("x", "N", 3, 8, 8)
        .Weight("w", 8, 3, 3, 3).Weight("b", 8).Node("Conv", "x w b -> c").Node("Relu", "c -> d")
        .Node("GlobalAveragePool", "d -> g").Node("Flatten", "g -> f")
        .Weight("u", 3, 8).Weight("t", 3).Node("Gemm", "f u t -> y", ("transB", 1)).Output("y").Build();
}
