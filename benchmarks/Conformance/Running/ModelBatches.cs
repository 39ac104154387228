using System.Collections.Concurrent;
using QuantBuildTasks.Conformance.Steps;

namespace QuantBuildTasks.Conformance.Running;

/// <summary>What a process that examined some models left behind.</summary>
/// <param name="Findings">Of the models that it came to the end of, in the given order.</param>
/// <param name="Death">How it ended, where it did not come to the end of all.</param>
internal sealed record BatchEnd(IReadOnlyList<ModelFinding> Findings, string? Death);

/// <summary>Examines models in processes of their own, some models each: native code that dies costs one model, which is named.</summary>
/// <param name="examine">Starts such a process and waits for its end.</param>
internal sealed class ModelBatches(Func<IReadOnlyList<string>, BatchEnd> examine)
{
    private const int ModelsPerProcess = 100;

    /// <summary>The findings in the order of the models.</summary>
    /// <param name="models">By name.</param>
    /// <param name="processes">How many run at once.</param>
    public IReadOnlyList<ModelFinding> Run(IReadOnlyList<string> models, int processes)
    {
        var found = new ConcurrentDictionary<string, ModelFinding>(StringComparer.Ordinal);
        Parallel.ForEach(models.Chunk(ModelsPerProcess), new ParallelOptions { MaxDegreeOfParallelism = processes }, batch =>
        {
            foreach (ModelFinding finding in Examine(batch))
            {
                found[finding.Model] = finding;
            }
        });
        return [.. models.Select(m => found[m])];
    }

    private List<ModelFinding> Examine(string[] models)
    {
        var findings = new List<ModelFinding>();
        while (findings.Count < models.Length)
        {
            BatchEnd end = examine([.. models.Skip(findings.Count)]);
            findings.AddRange(end.Findings);
            if (findings.Count < models.Length)
            {
                findings.Add(ModelFinding.Died(models[findings.Count], $"The process died of it: {end.Death ?? "it ended early"}."));
            }
        }

        return findings;
    }
}
