using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Data.Images;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Tests.Data.Images;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Pipeline;

public sealed class ImageFolderPipelineTests : IDisposable
{
    private const int Count = 30;
    private readonly string _folder = Directory.CreateTempSubdirectory("bilder und npz ü ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Folder_of_images_and_npz_of_the_same_pictures_give_the_same_artifact_bytes()
    {
        string images = Path.Combine(_folder, "images");
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

        string npz = Path.Combine(_folder, "data.npz");
        NpzWriter.Write(npz, new Dictionary<string, Tensor> { ["x"] = Tensor.Of(values, Count, 3, 8, 8), ["labels"] = Tensor.Vector(labels) });
        var steps = new Preprocessing { Width = 8, Height = 8, ScaleDivisor = 255, Mean = mean, Std = std };

        QuantResult ofImages = Run(Job(images) with { Preprocess = steps });
        QuantResult ofNpz = Run(Job(npz));

        Assert.Equal(Assert.Single(ofNpz.Variants).Artifact.Graph, Assert.Single(ofImages.Variants).Artifact.Graph);
        Assert.Equal(ofNpz.Variants[0].Report.FloatValue, ofImages.Variants[0].Report.FloatValue);
        Assert.Equal(ofNpz.Variants[0].Report.SqnrDb, ofImages.Variants[0].Report.SqnrDb);
    }

    private static QuantResult Run(QuantJob job) =>
        new QuantPipeline(new OrtInference(), new HostProcessor("x64", ["avx2", "avx512-vnni"])).Run(job, null, CancellationToken.None);

    private QuantJob Job(string data)
    {
        OnnxModel model = new ModelBuilder(17).Input("x", "N", 3, 8, 8)
            .Weight("w", 8, 3, 3, 3).Weight("b", 8).Node("Conv", "x w b -> c").Node("Relu", "c -> d")
            .Node("GlobalAveragePool", "d -> g").Node("Flatten", "g -> f")
            .Weight("u", 3, 8).Weight("t", 3).Node("Gemm", "f u t -> y", ("transB", 1)).Output("y").Build();
        string path = Path.Combine(_folder, "net.onnx");
        File.WriteAllBytes(path, ModelWriter.Write(model));
        return new QuantJob
        {
            ModelPath = path,
            DisplayPath = "models/net.onnx",
            Profiles = [BuiltInProfiles.X64Vnni],
            CalibrationData = [data],
            ValidationData = [data],
        };
    }
}
