using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Tests.Rewriting;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Engine.Tests.Pipeline;

/// <summary>A folder, its name not plain ASCII, with a model and its data, and the job for them.</summary>
internal sealed class JobFolder : IDisposable
{
    /// <summary>The processor that jobs run on where nothing else is said, whatever the real one is.</summary>
    public static HostProcessor Vnni { get; } = new("x64", ["avx2", "avx512-vnni"]);

    /// <summary>The profile of jobs where nothing else is said: integers wherever there is a kernel, however small the model.</summary>
    public static HardwareProfile AllIntegers { get; } = BuiltInProfiles.X64Vnni with { Costs = null };

    public string Path { get; } = Directory.CreateTempSubdirectory("qbt größe ").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    /// <summary>Writes samples.</summary>
    /// <returns>The file's path.</returns>
    public string Write(string name, params (string Name, Tensor Array)[] arrays)
    {
        NpzWriter.Write(this[name], arrays.ToDictionary(a => a.Name, a => a.Array));
        return this[name];
    }

    /// <summary>A job for a model, calibrated and measured on the same samples: SQNR of at least <paramref name="leastDb"/>, no emulator.</summary>
    public QuantJob Job(OnnxModel model, double leastDb, params (string Name, Tensor Array)[] samples)
    {
        string data = Write("data.npz", samples);
        return new QuantJob
        {
            ModelPath = Write("net.onnx", ModelWriter.Write(model)),
            DisplayPath = "models/net.onnx",
            Emulation = new EmulationSettings { Emulator = EmulationSettings.Off },
            Profiles = [AllIntegers],
            CalibrationData = [data],
            ValidationData = [data],
            Metrics = [new MetricRequest(MetricKind.Sqnr) { MaxDrop = new MaxDrop(MaxDropKind.Absolute, leastDb) }],
        };
    }

    /// <summary>
    /// A job for a file of another tool beside its float model, measured and not made, no emulator: a Gemm whose rows of weights are alike, so that in full range 127 stands beside 127, which saturates.
    /// </summary>
    public QuantJob GivenJob(HardwareProfile profile, int samples, int width)
    {
        float[] weight = [.. Enumerable.Range(0, width * 4).Select(i => 1f + (i % 4))];
        return new QuantJob
        {
            ModelPath = Write("quantized.onnx", QuantizedModel.Of(Net()).Bytes),
            DisplayPath = "quantized.onnx",
            ReferencePath = Write("float.onnx", ModelWriter.Write(Net().Build())),
            ReferenceDisplayPath = "float.onnx",
            Emulation = new EmulationSettings { Emulator = EmulationSettings.Off },
            Profiles = [profile],
            Precision = Precision.None,
            CalibrationData = [],
            ValidationData = [Write("data.npz", ("x", ModelBuilder.Random("x", samples, width)))],
            Metrics = [new MetricRequest(MetricKind.Sqnr)],
        };

        ModelBuilder Net() => new ModelBuilder().Input("x", "N", width)
            .Constant("w", Tensor.Of(weight, width, 4)).Constant("b", Tensor.Vector(0f, 0, 0, 0)).Node("Gemm", "x w b -> y").Output("y");
    }

    /// <summary>Runs a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="host">Where; <see cref="Vnni"/> where nothing is said.</param>
    /// <param name="search">What <c>careful</c> and <c>auto</c> do.</param>
    public static QuantResult Run(QuantJob job, HostProcessor? host = null, IVariantSearch? search = null) =>
        new QuantPipeline(new VnniInference(), host ?? Vnni, search).Run(job, null, TestContext.Current.CancellationToken);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
