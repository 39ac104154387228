using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Inference;

/// <summary>
/// A model that runs in steps over some batches. Each step begins with layers whose inputs are known, and goes on up to the inputs of the next ones; between two steps layers may
/// be changed, and what comes behind them is computed with the change. All batches take a step before any takes the next; what later steps read is kept for each.
/// </summary>
internal sealed class SteppedModel
{
    private readonly IInference _inference;
    private readonly OnnxModel _model;
    private readonly Dictionary<Node, int> _steps = [];
    private readonly Dictionary<Value, int> _lastReads = [];
    private readonly List<Dictionary<Value, Tensor>> _kept;

    /// <param name="inference">What runs it.</param>
    /// <param name="model">The model; its nodes stand in an order in which each comes after what it reads.</param>
    /// <param name="isLayer">Nodes of the main graph before which a step ends.</param>
    /// <param name="batches">The inputs by name, batch by batch.</param>
    public SteppedModel(IInference inference, OnnxModel model, Func<Node, bool> isLayer, IEnumerable<IReadOnlyDictionary<string, Tensor>> batches)
    {
        (_inference, _model) = (inference, model);
        var reached = new Dictionary<Value, int>();
        foreach (Node node in model.Graph.Nodes)
        {
            IReadOnlyList<Value> read = Read(node);
            int step = read.Select(v => reached.GetValueOrDefault(v)).DefaultIfEmpty().Max() + (isLayer(node) ? 1 : 0);
            _steps.Add(node, step);
            foreach (Value output in node.Outputs.OfType<Value>())
            {
                reached[output] = step;
            }

            foreach (Value value in read)
            {
                _lastReads[value] = Math.Max(_lastReads.GetValueOrDefault(value), step);
            }
        }

        _kept = [.. batches.Select(b => b.Where(i => model.Graph.Find(i.Key) is not null).ToDictionary(i => model.Graph.Find(i.Key)!, i => i.Value))];
    }

    /// <summary>How many steps there are; step 0 is what comes before every layer.</summary>
    public int Steps => _steps.Values.DefaultIfEmpty(-1).Max() + 1;

    /// <summary>The nodes of the main graph.</summary>
    public IReadOnlyList<Node> Nodes => _model.Graph.Nodes;

    /// <summary>How many batches are at work.</summary>
    public int Batches => _kept.Count;

    /// <summary>The step of a node of the main graph.</summary>
    public int StepOf(Node node) => _steps[node];

    /// <summary>A value that a later step reads.</summary>
    public Tensor Get(int batch, Value value) => _kept[batch][value];

    /// <summary>Goes on with the first <paramref name="count"/> batches at most.</summary>
    public void Keep(int count) => _kept.RemoveRange(Math.Min(count, _kept.Count), Math.Max(0, _kept.Count - count));

    /// <summary>Computes the nodes of a step, the layers with the weights that they have now.</summary>
    /// <param name="step">0, 1, 2… in turn.</param>
    /// <param name="workers">Batches that run side by side.</param>
    /// <param name="mostBytes">Batches for which there is no room any more are left out from here on, but for the first.</param>
    /// <param name="cancellation">Ends the step between two batches.</param>
    /// <exception cref="Diagnostics.QuantException">QBT1004: the model does not run on the data.</exception>
    public void Advance(int step, int workers, long mostBytes, CancellationToken cancellation)
    {
        Node[] nodes = [.. _model.Graph.Nodes.Where(n => _steps[n] == step)];
        Value[] results = [.. nodes.SelectMany(n => n.Outputs).OfType<Value>().Where(o => _lastReads.GetValueOrDefault(o) > step)];
        if (results.Length == 0)
        {
            _kept.ForEach(k => Forget(k, step));
            return;
        }

        using IInferenceSession session = _inference.Open(ModelWriter.Store(Part(nodes, results)), new SessionSettings { Threads = 1, Optimization = GraphOptimization.None, PlansMemory = false });
        long bytes = 0;
        for (int done = 0; done < _kept.Count;)
        {
            int wave = Math.Min(Math.Max(1, workers), _kept.Count - done);
            int first = done;
            Parallel.For(first, first + wave, new ParallelOptions { MaxDegreeOfParallelism = wave, CancellationToken = cancellation }, b => Run(session, results, _kept[b], step));
            for (; done < first + wave; done++)
            {
                bytes += _kept[done].Values.Sum(t => (long)t.Bytes.Length);
                if (bytes > mostBytes && done > 0)
                {
                    // Which batches stay depends on their sizes alone, not on how many ran side by side.
                    Keep(done);
                    return;
                }
            }
        }
    }

    private void Run(IInferenceSession session, Value[] results, Dictionary<Value, Tensor> kept, int step)
    {
        IReadOnlyList<Tensor> outputs = session.Run(session.Inputs.ToDictionary(i => i.Name, i => kept[_model.Graph.Find(i.Name)!]));
        foreach ((Value value, Tensor tensor) in results.Zip(outputs))
        {
            kept.Add(value, tensor);
        }

        Forget(kept, step);
    }

    private void Forget(Dictionary<Value, Tensor> kept, int step)
    {
        foreach (Value value in kept.Keys.Where(v => _lastReads.GetValueOrDefault(v) <= step).ToArray())
        {
            kept.Remove(value);
        }
    }

    /// <summary>A model of some nodes: what others computed are its inputs.</summary>
    private OnnxModel Part(Node[] nodes, Value[] results)
    {
        var part = new OnnxModel(new Graph("step")) { IrVersion = _model.IrVersion };
        foreach ((string domain, long version) in _model.Opsets)
        {
            part.Opsets.Add(domain, version);
        }

        var copy = new GraphCopy(name => name, node => node.Name, a => a);
        HashSet<Value> own = [.. nodes.SelectMany(n => n.Outputs).OfType<Value>()];
        foreach (Value value in nodes.SelectMany(Read).Distinct().Where(v => !own.Contains(v)))
        {
            copy.Bind(value, value.Constant is { } constant ? part.Graph.AddInitializer(value.Name, constant) : part.Graph.AddInput(value.Name, _kept[0][value].Type, null));
        }

        copy.Nodes(nodes, part.Graph, 0);
        foreach (Value result in results)
        {
            part.Graph.AddOutput(copy.Of(result)!);
        }

        return part;
    }

    /// <summary>What a node of the main graph reads there, its branches and bodies included.</summary>
    private IReadOnlyList<Value> Read(Node node) =>
        [.. node.Inputs.OfType<Value>().Concat(node.Subgraphs.SelectMany(g => g.SelfAndSubgraphs()).SelectMany(g => g.Nodes.SelectMany(n => n.Inputs.OfType<Value>()).Concat(g.Outputs)))
            .Where(v => v.Graph == _model.Graph).Distinct()];
}
