using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Tool.Requests;

/// <summary>What the app will run on, as far as its project tells.</summary>
internal sealed record JobTarget
{
    /// <summary>The profiles that can be named.</summary>
    public ProfileCatalog Catalog { get; init; } = ProfileCatalog.BuiltIn;

    /// <summary>Absolute path of the folder for results, below which work files may lie.</summary>
    public string OutputDirectory { get; init; } = Path.GetTempPath();

    /// <summary>Empty where it is to run everywhere.</summary>
    public string RuntimeIdentifier { get; init; } = "";

    /// <summary>Whether it brings an ONNX Runtime with the CUDA provider.</summary>
    public bool GpuPackage { get; init; }
}
