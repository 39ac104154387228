namespace QuantBuildTasks.Engine.Planning.Costs;

/// <summary>
/// The cheapest way to part the vertices of a directed network into a source side and a sink side, where each edge from the first to the second costs its
/// capacity: by a largest flow (Dinic 1970). Capacities are whole numbers, and vertices and edges are taken in the order in which they were added, so the result is
/// the same everywhere; of several cheapest ways it is the one with the smallest source side.
/// </summary>
internal sealed class MinimumCut
{
    /// <summary>More than any sum of costs: an edge that is never cut.</summary>
    public const long Never = long.MaxValue / 4;

    /// <summary>The vertex that is always on the source side.</summary>
    public const int Source = 0;

    /// <summary>The vertex that is always on the sink side.</summary>
    public const int Sink = 1;

    private readonly List<List<int>> _edgesOf = [[], []];
    private readonly List<int> _targets = [];
    private readonly List<long> _left = [];

    public int AddVertex()
    {
        _edgesOf.Add([]);
        return _edgesOf.Count - 1;
    }

    /// <summary>Lets it cost <paramref name="capacity"/> (0 or more) where <paramref name="from"/> is on the source side and <paramref name="to"/> is not.</summary>
    public void AddEdge(int from, int to, long capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        Add(from, to, capacity);
        Add(to, from, 0);
    }

    /// <summary>Finds the cut.</summary>
    /// <returns>For each vertex, whether it is on the source side, and what the cut costs.</returns>
    public (bool[] OnSourceSide, long Cost) Solve()
    {
        long flow = 0;
        int[] level = Levels();
        while (level[Sink] >= 0)
        {
            flow += Saturate(level);
            level = Levels();
        }

        return ([.. level.Select(l => l >= 0)], flow);
    }

    private void Add(int from, int to, long capacity)
    {
        _edgesOf[from].Add(_targets.Count);
        _targets.Add(to);
        _left.Add(capacity);
    }

    /// <summary>Edges from the source to each vertex over edges with capacity left; −1 where there is no way.</summary>
    private int[] Levels()
    {
        int[] level = new int[_edgesOf.Count];
        Array.Fill(level, -1);
        level[Source] = 0;
        var next = new Queue<int>([Source]);
        while (next.TryDequeue(out int vertex))
        {
            foreach (int edge in _edgesOf[vertex])
            {
                if (_left[edge] > 0 && level[_targets[edge]] < 0)
                {
                    level[_targets[edge]] = level[vertex] + 1;
                    next.Enqueue(_targets[edge]);
                }
            }
        }

        return level;
    }

    /// <summary>Fills every shortest way to the sink; a path on a list, since a model may be deeper than a stack.</summary>
    private long Saturate(int[] level)
    {
        int[] turn = new int[_edgesOf.Count];
        var path = new List<int>();
        long flow = 0;
        int vertex = Source;
        while (true)
        {
            if (vertex == Sink)
            {
                long amount = path.Min(e => _left[e]);
                foreach (int edge in path)
                {
                    _left[edge] -= amount;
                    _left[edge ^ 1] += amount;
                }

                flow += amount;
                path.Clear();
                vertex = Source;
            }
            else if (turn[vertex] < _edgesOf[vertex].Count)
            {
                int edge = _edgesOf[vertex][turn[vertex]];
                if (_left[edge] > 0 && level[_targets[edge]] == level[vertex] + 1)
                {
                    path.Add(edge);
                    vertex = _targets[edge];
                }
                else
                {
                    turn[vertex]++;
                }
            }
            else if (path.Count > 0)
            {
                // A dead end: back, and never this way again.
                vertex = _targets[path[^1] ^ 1];
                path.RemoveAt(path.Count - 1);
                turn[vertex]++;
            }
            else
            {
                return flow;
            }
        }
    }
}
