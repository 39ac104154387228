using System.Diagnostics;
using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Packaging;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.LargeModel;

// Makes a large float32 model, stores its weights as int8, measures it, packs it, and prints how much anonymous memory that took.
const long Limit = 1L << 30;
if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("RssAnon is read from /proc, which only Linux has.");
    return 2;
}

double gibibytes = args is [var size] ? double.Parse(size, CultureInfo.InvariantCulture) : 3;
string folder = Directory.CreateTempSubdirectory("large-model-").FullName;
try
{
    string model = LargeNet.Write(folder, gibibytes);
    string samples = LargeNet.WriteSamples(folder, 16);
    Console.WriteLine($"{model}: {Mebibytes(new FileInfo(Path.ChangeExtension(model, ".data")).Length)} MiB of weights");

    var clock = Stopwatch.StartNew();
    using var memory = new AnonymousMemory();
    var job = new QuantJob
    {
        ModelPath = model,
        DisplayPath = "large.onnx",
        Profiles = [BuiltInProfiles.X64Vnni],
        CalibrationData = [],
        ValidationData = [samples],
        Precision = Precision.Int8Weights,
        Metrics = [new MetricRequest(MetricKind.Sqnr)],
        Emulation = new EmulationSettings { Emulator = EmulationSettings.Off },
        WorkFolder = folder,
    };
    using QuantResult result = new QuantPipeline(new OrtInference()).Run(job, p => memory.Enter(p.Stage), CancellationToken.None);
    foreach (Diagnostic finding in result.Diagnostics)
    {
        Console.WriteLine($"{finding.Severity} {finding.Code}: {finding.Text}");
    }

    if (!result.Succeeded)
    {
        return 1;
    }

    memory.Enter("Packing");
    Console.WriteLine(ResultLine.Of(job, result.Variants[0]));
    using (var outputs = OutputTransaction.Begin(Path.Combine(folder, "out")))
    {
        outputs.Commit(new ResultManifest([ModelPackager.Stage(outputs, "Large", result, [])]));
    }

    Console.WriteLine($"{clock.Elapsed.TotalSeconds:0} s; most anonymous memory: {Mebibytes(memory.Peak)} MiB ({string.Join(", ", memory.Peaks.Select(p => $"{p.Key} {Mebibytes(p.Value)}"))})");
    return memory.Peak < Limit ? 0 : 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static long Mebibytes(long bytes) => bytes >> 20;
