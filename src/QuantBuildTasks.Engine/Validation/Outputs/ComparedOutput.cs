using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;

namespace QuantBuildTasks.Engine.Validation.Outputs;

/// <summary>An output of the float model, and where the candidate has the same one.</summary>
/// <param name="Port">Name, type and sizes in the float model.</param>
/// <param name="Reference">Its place among the float model's outputs.</param>
/// <param name="Candidate">Its place among the candidate's.</param>
internal sealed record ComparedOutput(ModelPort Port, int Reference, int Candidate)
{
    /// <summary>The outputs that hold numbers in both models: those of the same name, or where the candidate has no such name, in the same place.</summary>
    public static IReadOnlyList<ComparedOutput> Of(IInferenceSession reference, IInferenceSession candidate)
    {
        var found = new List<ComparedOutput>();
        for (int i = 0; i < reference.Outputs.Count; i++)
        {
            ModelPort port = reference.Outputs[i];
            int place = Enumerable.Range(0, candidate.Outputs.Count).Where(j => candidate.Outputs[j].Name == port.Name).DefaultIfEmpty(i).First();
            if (place < candidate.Outputs.Count && OutputBuffer.CanHold(port.Type) && OutputBuffer.CanHold(candidate.Outputs[place].Type))
            {
                found.Add(new ComparedOutput(port, i, place));
            }
        }

        return found;
    }

    /// <summary>Finds the output that a metric looks at.</summary>
    /// <param name="all">The outputs that can be compared.</param>
    /// <param name="name">Its name; null: the first.</param>
    /// <param name="reference">The float model.</param>
    /// <param name="model">What messages call the model.</param>
    /// <exception cref="QuantException">QBT1017: the model has no output of that name. QBT1004: it holds no numbers.</exception>
    public static int Find(IReadOnlyList<ComparedOutput> all, string? name, IInferenceSession reference, string? model)
    {
        string[] names = [.. reference.Outputs.Select(o => o.Name)];
        int wanted = name is null ? 0 : Array.IndexOf(names, name);
        if (wanted < 0)
        {
            throw QuantException.Error(
                Codes.UnknownOutput,
                $"Metric names the output '{name}', which the model does not have.{Suggestion.For(name!, names)} Its outputs are {string.Join(", ", names.Select(n => $"'{n}'"))}.",
                model);
        }

        for (int i = 0; i < all.Count; i++)
        {
            if (all[i].Reference == wanted)
            {
                return i;
            }
        }

        throw QuantException.Error(
            Codes.ModelUnsupported,
            $"The {(name is null ? "first output" : "output")} '{names[wanted]}' holds no numbers that could be compared.",
            model);
    }
}
