using System.Security.Cryptography;
using System.Text;
using QuantBuildTasks.Conformance.Models;
using QuantBuildTasks.Conformance.Steps;

namespace QuantBuildTasks.Conformance.Running;

/// <summary>All that was found.</summary>
/// <param name="Fingerprint">SHA-256 over the names and the content of all files, in hexadecimal: another version of the package gives another page.</param>
/// <param name="Findings">One for each model, in the order of their names.</param>
internal sealed record ConformanceResult(string Fingerprint, IReadOnlyList<ModelFinding> Findings);

/// <summary>Examines every model below a folder.</summary>
internal static class ConformanceRun
{
    /// <param name="root">The folder.</param>
    /// <param name="part">What a model's name must contain; null: all models.</param>
    public static ConformanceResult Run(string root, string? part = null)
    {
        IReadOnlyList<ConformanceModel> models = [.. ConformanceModel.All(root).Where(m => part is null || m.Name.Contains(part, StringComparison.Ordinal))];
        var batches = new ModelBatches(names => ExaminingProcess.Run(root, names));
        return new ConformanceResult(Fingerprint(models), batches.Run([.. models.Select(m => m.Name)], Environment.ProcessorCount));
    }

    private static string Fingerprint(IReadOnlyList<ConformanceModel> models)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ConformanceModel model in models)
        {
            foreach (string file in Directory.EnumerateFiles(model.Folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{model.Name}/{Path.GetRelativePath(model.Folder, file).Replace('\\', '/')}\n"));
                hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
