using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation;

/// <summary>Runs passes one after the other, and all again until none changes anything.</summary>
internal sealed class PassSequence(IReadOnlyList<IPass> passes)
{
    /// <summary>Each round ends with at least one pattern less; a model of more layers of patterns than this is a pair of passes undoing each other.</summary>
    private const int MostRounds = 100;

    /// <summary>Beyond this many rewrites in one go a pass may not deviate further: a wrong one must still be seen.</summary>
    private const int MostCounted = 100;

    private readonly List<IPass> _applied = [];
    private readonly List<Decline> _declines = [];
    private double _tolerance;

    /// <summary>The passes that changed something, each once, in the order of their first change.</summary>
    public IReadOnlyList<string> Applied => [.. _applied.Select(p => p.Name)];

    /// <summary>What was left alone at the end.</summary>
    public IReadOnlyList<Decline> Declines => _declines;

    /// <summary>The pass that changed something last.</summary>
    public IPass? Last { get; private set; }

    /// <summary>What the rewrites promise together: each may deviate by its pass's tolerance, and in a deep network they add up.</summary>
    public Fidelity Keeps => new(_tolerance);

    /// <summary>Rewrites the model.</summary>
    /// <param name="model">Changed in place.</param>
    /// <param name="observe">Sees the model after each pass that changed it; ends the run by returning false.</param>
    /// <exception cref="InvalidOperationException">The passes do not come to rest.</exception>
    public void Apply(OnnxModel model, Func<IPass, Fidelity, OnnxModel, bool>? observe = null)
    {
        for (int round = 0; round < MostRounds; round++)
        {
            bool changed = false;
            _declines.Clear();
            foreach (IPass pass in passes)
            {
                Node[] before = [.. model.Graph.SelfAndSubgraphs().SelectMany(g => g.Nodes)];
                if (!pass.Apply(model, _declines))
                {
                    continue;
                }

                // Every rewrite takes out a node at least.
                _tolerance += pass.Keeps.Tolerance * Math.Clamp(before.Count(n => n.IsRemoved), 1, MostCounted);

                changed = true;
                Last = pass;
                if (!_applied.Contains(pass))
                {
                    _applied.Add(pass);
                }

                if (observe?.Invoke(pass, Keeps, model) == false)
                {
                    return;
                }
            }

            if (!changed)
            {
                return;
            }
        }

        throw new InvalidOperationException($"The passes still change the model after {MostRounds} rounds; the last was {Last?.Name}.");
    }
}
