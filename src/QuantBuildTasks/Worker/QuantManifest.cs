using System.Runtime.Serialization;
using QuantBuildTasks.Incremental;

namespace QuantBuildTasks.Worker;

/// <summary>What the worker made; see docs/worker-protocol.md.</summary>
[DataContract]
internal sealed class QuantManifest
{
    /// <summary>In the output directory.</summary>
    public const string FileName = "quant.manifest.json";

    [DataMember(Name = "schemaVersion", IsRequired = true)]
    public int SchemaVersion { get; set; }

    [DataMember(Name = "models", IsRequired = true)]
    public List<ModelEntry> Models { get; set; } = [];

    /// <exception cref="SerializationException">The file is no manifest, or one of another version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static QuantManifest Read(string path)
    {
        QuantManifest manifest = Json.Read<QuantManifest>(Patience.Try(() => File.ReadAllBytes(path)));
        if (manifest.SchemaVersion != 1 || manifest.Models is null)
        {
            throw new SerializationException($"Version {manifest.SchemaVersion} of the manifest is not known.");
        }

        return manifest.Models.SelectMany(m => m.Resources ?? []).All(r => !string.IsNullOrEmpty(r.Path) && !string.IsNullOrEmpty(r.LogicalName)) ? manifest
            : throw new SerializationException("A resource of the manifest has no path or no name.");
    }

    /// <summary>Absolute paths of everything that the worker wrote.</summary>
    public IEnumerable<string> Outputs(string directory) => Models
        .SelectMany(m => (m.Resources ?? []).Select(r => r.Path).Concat(m.Files ?? []))
        .Where(path => !string.IsNullOrEmpty(path))
        .Select(path => Path.GetFullPath(Path.Combine(directory, path)));

    /// <summary>The files that models name, which were read with them; each once.</summary>
    public IEnumerable<Stamp.FoundInput> FoundInputs => Models
        .SelectMany(m => m.Inputs ?? [])
        .GroupBy(i => i.Path, StringComparer.Ordinal)
        .Select(g => new Stamp.FoundInput(g.Key, g.First().Bytes, g.First().Modified));

    [DataContract]
    internal sealed class ModelEntry
    {
        [DataMember(Name = "include")]
        public string? Include { get; set; }

        [DataMember(Name = "resources")]
        public List<ResourceEntry>? Resources { get; set; }

        [DataMember(Name = "files")]
        public List<string>? Files { get; set; }

        [DataMember(Name = "inputs")]
        public List<InputEntry>? Inputs { get; set; }

        [DataMember(Name = "diagnostics")]
        public List<WorkerDiagnostic>? Diagnostics { get; set; }
    }

    [DataContract]
    internal sealed class InputEntry
    {
        [DataMember(Name = "path", IsRequired = true)]
        public string Path { get; set; } = "";

        [DataMember(Name = "bytes", IsRequired = true)]
        public long Bytes { get; set; }

        [DataMember(Name = "modified", IsRequired = true)]
        public long Modified { get; set; }
    }

    [DataContract]
    internal sealed class ResourceEntry
    {
        [DataMember(Name = "path", IsRequired = true)]
        public string Path { get; set; } = "";

        [DataMember(Name = "logicalName", IsRequired = true)]
        public string LogicalName { get; set; } = "";
    }
}
