using System.Globalization;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Names;

/// <summary>
/// Pattern: branches and bodies of which two use one name for a value, as ONNX allows side by side. The later ones get a number behind
/// it, so that a name says which one is meant in calibration, plan and report. Names of the main graph stay; those in branches mean nothing to a caller.
/// </summary>
internal sealed class UniqueValueNames : IPass
{
    public string Name => nameof(UniqueValueNames);

    public Fidelity Keeps => Fidelity.BitExact;

    public bool Apply(OnnxModel model, ICollection<Decline> declines)
    {
        Graph[] scopes = [.. model.Graph.SelfAndSubgraphs()];
        if (scopes.Length == 1)
        {
            return false;
        }

        bool changed = false;
        HashSet<string> values = new(scopes.SelectMany(s => s.Values).Select(v => v.Name), StringComparer.Ordinal);
        HashSet<string> seenValues = new(StringComparer.Ordinal);
        foreach (Graph scope in scopes)
        {
            foreach (Value value in scope.Values.ToArray().Where(v => !seenValues.Add(v.Name)))
            {
                scope.Rename(value, Free(value.Name, values));
                changed = true;
            }
        }

        return changed;
    }

    private static string Free(string name, HashSet<string> taken)
    {
        for (int number = 2; ; number++)
        {
            string candidate = string.Create(CultureInfo.InvariantCulture, $"{name}_{number}");
            if (taken.Add(candidate))
            {
                return candidate;
            }
        }
    }
}
