using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Reporting;

namespace QuantBuildTasks.Engine.Packaging;

/// <summary>Stages what one model brings into the app: its artifacts, each distinct one once, and their index.</summary>
internal static class ModelPackager
{
    /// <summary>Stages the files and describes them.</summary>
    /// <param name="outputs">Where they go.</param>
    /// <param name="className">Folder and part of the resource names; an identifier.</param>
    /// <param name="result">A result that succeeded.</param>
    /// <param name="files">Further files of this model that were written already.</param>
    public static ManifestModel Stage(OutputTransaction outputs, string className, QuantResult result, IReadOnlyList<string> files)
    {
        var resources = new List<ManifestResource>();
        var index = new List<IndexedVariant>();
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (QuantVariant variant in result.Variants)
        {
            string hash = ContentHash.Of(variant.Artifact);
            if (!known.TryGetValue(hash, out string? resource))
            {
                string path = $"{className}/{variant.Profile.Name}.onnx";
                outputs.Stage(path, variant.Artifact);
                resource = Resource(path);
                known.Add(hash, resource);
                resources.Add(new ManifestResource(path, resource, variant.Artifact.Length));
            }

            index.Add(new IndexedVariant(
                variant.Profile.Name, resource, hash, variant.Artifact.Length, variant.Profile.Architecture, variant.Profile.Requirements)
            {
                RuntimeVersion = variant.Profile.MinimumRuntimeVersion > HardwareProfile.TestedRuntimeVersion ? variant.Profile.MinimumRuntimeVersion : null,
            });
        }

        string indexPath = $"{className}/{VariantIndex.FileName}";
        byte[] indexBytes = VariantIndex.Write(className, result.Job.DisplayPath, index);
        outputs.Stage(indexPath, indexBytes);
        resources.Add(new ManifestResource(indexPath, Resource(indexPath), indexBytes.Length));
        return new ManifestModel(
            result.Job.DisplayPath,
            className,
            result.FloatBytes,
            "resource",
            resources,
            files,
            [.. result.Variants.Select(v => ResultLine.Of(result.Job, v))],
            [.. result.Diagnostics.Where(d => d.Severity != Severity.Error).Select(ManifestDiagnostic.From)]);
    }

    private static string Resource(string path) => "QuantBuildTasks/" + path;
}
