using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Reporting;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Packaging;

/// <summary>Stages what one model brings into the app: its artifacts, each distinct one once, and their index.</summary>
internal static class ModelPackager
{
    /// <summary>Stages the files and describes them.</summary>
    /// <param name="outputs">Where they go.</param>
    /// <param name="className">Folder and part of the resource names; an identifier.</param>
    /// <param name="result">A result that succeeded.</param>
    /// <param name="files">Further files of this model that were written already.</param>
    /// <exception cref="QuantException">QBT4003: an artifact is too large for a resource. QBT4001.</exception>
    public static ManifestModel Stage(OutputTransaction outputs, string className, QuantResult result, IReadOnlyList<string> files)
    {
        var resources = new List<ManifestResource>();
        var index = new List<IndexedVariant>();
        var known = new Dictionary<string, ManifestResource>(StringComparer.Ordinal);
        foreach (QuantVariant variant in result.Variants)
        {
            RefuseLarger(variant, result.Job.DisplayPath);
            string hash = ContentHash.Of(variant.Artifact);
            if (!known.TryGetValue(hash, out ManifestResource? resource))
            {
                string path = $"{className}/{variant.Profile.Name}.onnx";
                resource = new ManifestResource(path, Resource(path), outputs.Stage(path, variant.Artifact.WriteTo));
                known.Add(hash, resource);
                resources.Add(resource);
            }

            index.Add(new IndexedVariant(
                variant.Profile.Name, resource.LogicalName, hash, resource.Bytes, variant.Profile.Architecture, Requirements(variant))
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
            [.. result.Diagnostics.Where(d => d.Severity != Severity.Error).Select(ManifestDiagnostic.From)])
        {
            Inputs = result.ExternalData.Count == 0 ? null : [.. result.ExternalData.Select(f => new ManifestInput(f.Path, f.Bytes, f.Modified.Ticks))],
        };
    }

    private static void RefuseLarger(QuantVariant variant, string displayPath)
    {
        if (variant.Artifact.Size > StoredModel.LargestFile)
        {
            throw new QuantException(Diagnostic.Error(
                Codes.TooLargeToEmbed,
                $"The artifact has {Wording.Count(variant.Artifact.Size)} bytes, and a resource can have 2 GiB. Choose a Precision that stores it smaller; or quantize it with 'dotnet quant', which writes the weights into a file of their own, and copy both beside the app (Embed=\"file\", which will do that, is not in this version).",
                displayPath) with { Profile = variant.Profile.Name });
        }
    }

    private static string Requirements(QuantVariant variant) =>
        variant.NeedsVnni ? $"{variant.Profile.Requirements}|{VariantIndex.VnniAlone}" : variant.Profile.Requirements;

    private static string Resource(string path) => "QuantBuildTasks/" + path;
}
