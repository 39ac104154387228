using System.Runtime.Serialization;
using QuantBuildTasks.Models;

namespace QuantBuildTasks.Worker;

/// <summary>What the worker is asked to do; see docs/worker-protocol.md.</summary>
[DataContract]
internal sealed class WorkerRequest(string projectDirectory, string outputDirectory, string runtimeIdentifier, Dictionary<string, string> properties, IEnumerable<ModelItem> models)
{
    [DataMember(Name = "schemaVersion", Order = 0)]
    public int SchemaVersion { get; private set; } = 1;

    [DataMember(Name = "projectDirectory", Order = 1)]
    public string ProjectDirectory { get; private set; } = projectDirectory;

    [DataMember(Name = "outputDirectory", Order = 2)]
    public string OutputDirectory { get; private set; } = outputDirectory;

    [DataMember(Name = "runtimeIdentifier", Order = 3)]
    public string RuntimeIdentifier { get; private set; } = runtimeIdentifier;

    [DataMember(Name = "properties", Order = 4)]
    public Dictionary<string, string> Properties { get; private set; } = properties;

    [DataMember(Name = "models", Order = 5)]
    public List<Entry> Models { get; private set; } = [.. models.Select(m => new Entry(m))];

    [DataContract]
    internal sealed class Entry(ModelItem model)
    {
        [DataMember(Name = "include", Order = 0)]
        public string Include { get; private set; } = model.Include;

        [DataMember(Name = "path", Order = 1)]
        public string Path { get; private set; } = model.Path;

        [DataMember(Name = "className", Order = 2)]
        public string ClassName { get; private set; } = model.ClassName;

        [DataMember(Name = "metadata", Order = 3)]
        public Dictionary<string, string> Metadata { get; private set; } = model.Metadata;
    }
}
