namespace QuantBuildTasks.Engine.Model;

/// <summary>Which functions of a model call which, found without recursion: a file may hold a chain of very many.</summary>
internal sealed class FunctionCalls
{
    private readonly Dictionary<FunctionId, LocalFunction> _functions = [];
    private readonly Dictionary<LocalFunction, Extent> _extents = [];
    private readonly Dictionary<LocalFunction, LocalFunction[]> _callees = [];
    private readonly OnnxModel _model;

    /// <param name="model">Of two functions with one name the first counts.</param>
    public FunctionCalls(OnnxModel model)
    {
        _model = model;
        foreach (LocalFunction function in model.Functions)
        {
            _functions.TryAdd(function.Id, function);
        }

        foreach (LocalFunction function in _functions.Values)
        {
            _callees.Add(function, [.. CalledIn(function.Body).Distinct()]);
        }

        Measure();
    }

    /// <summary>The functions that call each other in a circle, the first once more at the end; empty where none do.</summary>
    public IReadOnlyList<LocalFunction> Circle { get; private set; } = [];

    /// <summary>The function that a node calls; null where it is an operator. A function of the model goes before an operator of its name.</summary>
    public LocalFunction? Find(Node node) => _functions.GetValueOrDefault(node.Called);

    /// <summary>The functions that the model's graph calls, and those that they call, each once.</summary>
    public IReadOnlyList<LocalFunction> Reachable()
    {
        var found = new List<LocalFunction>();
        var seen = new HashSet<LocalFunction>();
        var pending = new Queue<LocalFunction>(CalledIn(_model.Graph));
        while (pending.TryDequeue(out LocalFunction? function))
        {
            if (seen.Add(function))
            {
                found.Add(function);
                Array.ForEach(_callees[function], pending.Enqueue);
            }
        }

        return found;
    }

    /// <summary>What the model's graph holds once all calls are replaced by bodies. Means nothing where there is a <see cref="Circle"/>.</summary>
    public Extent Expanded() => ExtentOf(_model.Graph);

    private IEnumerable<LocalFunction> CalledIn(Graph graph) => graph.SelfAndSubgraphs().SelectMany(g => g.Nodes).Select(Find).OfType<LocalFunction>();

    /// <summary>Kahn's algorithm: a function is measured once all that it calls are.</summary>
    private void Measure()
    {
        ILookup<LocalFunction, LocalFunction> callers = _callees.SelectMany(c => c.Value.Select(callee => (Caller: c.Key, Callee: callee))).ToLookup(c => c.Callee, c => c.Caller);
        Dictionary<LocalFunction, int> waitingFor = _callees.ToDictionary(c => c.Key, c => c.Value.Length);
        var ready = new Queue<LocalFunction>(waitingFor.Where(w => w.Value == 0).Select(w => w.Key));
        while (ready.TryDequeue(out LocalFunction? function))
        {
            _extents.Add(function, ExtentOf(function.Body));
            foreach (LocalFunction caller in callers[function])
            {
                if (--waitingFor[caller] == 0)
                {
                    ready.Enqueue(caller);
                }
            }
        }

        if (_functions.Values.FirstOrDefault(f => !_extents.ContainsKey(f)) is { } first)
        {
            Circle = CircleFrom(first);
        }
    }

    /// <summary>Each function that is not measured calls another one that is not.</summary>
    private List<LocalFunction> CircleFrom(LocalFunction first)
    {
        var way = new List<LocalFunction>();
        var seen = new HashSet<LocalFunction>();
        LocalFunction at = first;
        while (seen.Add(at))
        {
            way.Add(at);
            at = Array.Find(_callees[at], c => !_extents.ContainsKey(c))!;
        }

        way.RemoveRange(0, way.IndexOf(at));
        way.Add(at);
        return way;
    }

    private Extent ExtentOf(Graph graph)
    {
        Extent all = default;
        foreach (Node node in graph.Nodes)
        {
            all += Find(node) is { } called ? _extents.GetValueOrDefault(called) : new Extent(1, 0);
            foreach (Graph inner in node.Subgraphs)
            {
                Extent below = ExtentOf(inner);
                all += below with { Depth = below.Depth + 1 };
            }
        }

        return all;
    }
}

/// <summary>How large a graph is.</summary>
/// <param name="Nodes">Number of nodes, those of sub-graphs included.</param>
/// <param name="Depth">How many sub-graphs lie one in the other; 0 where there are none.</param>
internal readonly record struct Extent(long Nodes, int Depth)
{
    /// <summary>No file holds this many; sums stop here.</summary>
    private const long Most = long.MaxValue / 4;

    public static Extent operator +(Extent one, Extent other) => new(Math.Min(Most, one.Nodes + other.Nodes), Math.Max(one.Depth, other.Depth));
}
