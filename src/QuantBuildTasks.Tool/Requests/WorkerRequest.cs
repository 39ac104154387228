using System.Text.Json;
using System.Text.Json.Serialization;

namespace QuantBuildTasks.Tool.Requests;

/// <summary>
/// What a build asks the worker to do: docs/worker-protocol.md. What may be missing has a setter: generated readers give <c>init</c> properties null in place of
/// their defaults.
/// </summary>
internal sealed record WorkerRequest
{
    public const int CurrentSchema = 1;

    public required int SchemaVersion { get; init; }

    /// <summary>Absolute; relative paths in settings start here.</summary>
    public required string ProjectDirectory { get; init; }

    /// <summary>Absolute; nothing is written elsewhere.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>Empty where the project has none.</summary>
    public string RuntimeIdentifier { get; set; } = "";

    /// <summary>Whether a package of the project brings an ONNX Runtime for CUDA.</summary>
    public bool GpuPackage { get; set; }

    /// <summary>Values of the <c>Quant…</c> properties, by name without that prefix.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; set; } = new Dictionary<string, string>();

    /// <summary>The <c>QuantProfile</c> items, in the order of the project.</summary>
    public IReadOnlyList<RequestedProfile> Profiles { get; set; } = [];

    public required IReadOnlyList<RequestedModel> Models { get; init; }
}

/// <summary>One <c>QuantProfile</c> item.</summary>
internal sealed record RequestedProfile
{
    public required string Name { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; set; } = new Dictionary<string, string>();
}

/// <summary>One <c>QuantModel</c> item.</summary>
internal sealed record RequestedModel
{
    /// <summary>What the user wrote; what messages say.</summary>
    public required string Include { get; init; }

    /// <summary>Absolute.</summary>
    public required string Path { get; init; }

    /// <summary>A C# identifier.</summary>
    public required string ClassName { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; set; } = new Dictionary<string, string>();
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(WorkerRequest))]
internal sealed partial class RequestJson : JsonSerializerContext;
