using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace QuantBuildTasks.Runtime.Tests;

/// <summary>Stands in for an assembly with one embedded model named <c>Tiny</c>.</summary>
internal sealed class EmbeddedModel
{
    public const string IndexResource = "QuantBuildTasks/Tiny/index.tsv";
    private readonly StringBuilder _index = new("quant-index\t1\nmodel\tTiny\tmodels/tiny.onnx\n");

    /// <summary>The resources by name; tests change them at will.</summary>
    public Dictionary<string, byte[]> Resources { get; } = [];

    public Dictionary<string, string> Environment { get; } = [];

    public ProcessorInfo Processor { get; set; } = ProcessorInfo.Current;

    /// <summary>Like an ONNX Runtime without it, unless a test says otherwise.</summary>
    public CudaProvider Cuda { get; set; } = new(() => ["CPUExecutionProvider"], _ => { });

    public string RuntimeVersion { get; set; } = "1.31.1";

    public static string ResourceOf(string profile) => $"QuantBuildTasks/Tiny/{profile}.onnx";

    public EmbeddedModel With(string profile, byte[] model, string architecture, string features)
    {
        Resources[ResourceOf(profile)] = model;
        string hash = Convert.ToHexStringLower(SHA256.HashData(model));
        _index.Append(CultureInfo.InvariantCulture, $"variant\t{profile}\t{ResourceOf(profile)}\t{hash}\t{model.Length}\t{architecture}\t{features}\n");
        Resources[IndexResource] = Encoding.UTF8.GetBytes(_index.ToString());
        return this;
    }

    public QuantModel Open() => new(
        "Tiny",
        "App",
        name => Resources.TryGetValue(name, out byte[]? bytes) ? new MemoryStream(bytes, writable: false) : null,
        () => Processor,
        name => Environment.GetValueOrDefault(name),
        Cuda,
        () => RuntimeVersion);
}
