using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Reporting;

namespace QuantBuildTasks.Engine.Packaging;

/// <summary>What a finished run made, for the build to read (docs/worker-protocol.md). Paths are relative to the output directory, with <c>/</c>.</summary>
internal sealed record ResultManifest(IReadOnlyList<ManifestModel> Models)
{
    public const string FileName = "quant.manifest.json";

    [JsonPropertyOrder(-1)]
    public int SchemaVersion { get; init; } = 1;

    /// <summary>The file's bytes: UTF-8 without byte order mark, lines that end with LF.</summary>
    public byte[] Write() => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, ManifestJson.Readable.ResultManifest) + "\n");

    /// <exception cref="JsonException">The bytes are no manifest.</exception>
    public static ResultManifest? Read(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize(bytes, ManifestJson.Readable.ResultManifest);
}

/// <param name="Include">The model as the user wrote it.</param>
/// <param name="ClassName">Name of its accessor, and of its folder.</param>
/// <param name="FloatBytes">Size of the float model's file, and of the weights that it names in others.</param>
/// <param name="Embed">How it reaches the app; always <c>resource</c> so far.</param>
/// <param name="Resources">What the build embeds.</param>
/// <param name="Files">What was written besides, for <c>dotnet clean</c>.</param>
/// <param name="Results">One line for each profile.</param>
/// <param name="Diagnostics">What a build that skips the worker says again.</param>
internal sealed record ManifestModel(
    string Include,
    string ClassName,
    long FloatBytes,
    string Embed,
    IReadOnlyList<ManifestResource> Resources,
    IReadOnlyList<string> Files,
    IReadOnlyList<string> Results,
    IReadOnlyList<ManifestDiagnostic> Diagnostics)
{
    /// <summary>Files beside the model that it names, which the build does not know to be inputs; null where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ManifestInput>? Inputs { get; init; }
}

/// <param name="Path">Absolute.</param>
/// <param name="Bytes">Its length when it was read.</param>
/// <param name="Modified">When it had been written last, in ticks of <see cref="DateTime"/> (UTC).</param>
internal sealed record ManifestInput(string Path, long Bytes, long Modified);

/// <param name="Path">The file.</param>
/// <param name="LogicalName">Its name as a manifest resource.</param>
/// <param name="Bytes">Its length.</param>
internal sealed record ManifestResource(string Path, string LogicalName, long Bytes);

/// <summary>A finding as the build's log shows it.</summary>
internal sealed record ManifestDiagnostic(string Severity, string Code, string? File, string Text)
{
    public static ManifestDiagnostic From(Diagnostic diagnostic) =>
        new(FindingText.Severity(diagnostic), diagnostic.Code, diagnostic.File, FindingText.Of(diagnostic));
}

[JsonSerializable(typeof(ResultManifest))]
internal sealed partial class ManifestJson : JsonSerializerContext
{
    /// <summary>Indented, and with × and → as themselves: people read this file too.</summary>
    public static ManifestJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
