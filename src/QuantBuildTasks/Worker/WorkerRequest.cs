using System.Runtime.Serialization;
using QuantBuildTasks.Models;

namespace QuantBuildTasks.Worker;

/// <summary>What the worker is asked to do; see docs/worker-protocol.md. A change of anything in here starts the worker.</summary>
[DataContract]
internal sealed class WorkerRequest
{
    [DataMember(Name = "schemaVersion", Order = 0)]
    public int SchemaVersion { get; set; } = 1;

    [DataMember(Name = "projectDirectory", Order = 1)]
    public string ProjectDirectory { get; set; } = "";

    [DataMember(Name = "outputDirectory", Order = 2)]
    public string OutputDirectory { get; set; } = "";

    [DataMember(Name = "runtimeIdentifier", Order = 3)]
    public string RuntimeIdentifier { get; set; } = "";

    /// <summary>Whether the app gets an ONNX Runtime for CUDA.</summary>
    [DataMember(Name = "gpuPackage", Order = 4)]
    public bool GpuPackage { get; set; }

    [DataMember(Name = "properties", Order = 5)]
    public Dictionary<string, string> Properties { get; set; } = [];

    /// <summary>The <c>QuantProfile</c> items.</summary>
    [DataMember(Name = "profiles", Order = 6)]
    public List<ProfileEntry> Profiles { get; set; } = [];

    [DataMember(Name = "models", Order = 7)]
    public List<ModelEntry> Models { get; set; } = [];

    [DataContract]
    internal sealed class ProfileEntry(string name, Dictionary<string, string> metadata)
    {
        [DataMember(Name = "name", Order = 0)]
        public string Name { get; private set; } = name;

        [DataMember(Name = "metadata", Order = 1)]
        public Dictionary<string, string> Metadata { get; private set; } = metadata;
    }

    [DataContract]
    internal sealed class ModelEntry(ModelItem model)
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
