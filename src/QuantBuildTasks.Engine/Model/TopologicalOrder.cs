namespace QuantBuildTasks.Engine.Model;

/// <summary>Kahn's algorithm (1962), taking the ready node that stood first, so that an ordered list stays as it is.</summary>
internal static class TopologicalOrder
{
    /// <exception cref="InvalidOperationException">There is a cycle.</exception>
    public static List<Node> Of(IReadOnlyList<Node> nodes)
    {
        var position = new Dictionary<Node, int>(nodes.Count);
        for (int i = 0; i < nodes.Count; i++)
        {
            position.Add(nodes[i], i);
        }

        var waitingFor = new int[nodes.Count];
        var readers = new List<int>[nodes.Count];
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (Node producer in Reads(nodes[i]).Select(v => v.Producer).OfType<Node>().Distinct())
            {
                if (position.TryGetValue(producer, out int at) && at != i)
                {
                    (readers[at] ??= []).Add(i);
                    waitingFor[i]++;
                }
            }
        }

        var ready = new PriorityQueue<int, int>();
        for (int i = 0; i < nodes.Count; i++)
        {
            if (waitingFor[i] == 0)
            {
                ready.Enqueue(i, i);
            }
        }

        var sorted = new List<Node>(nodes.Count);
        while (ready.TryDequeue(out int next, out _))
        {
            sorted.Add(nodes[next]);
            foreach (int reader in readers[next] ?? [])
            {
                if (--waitingFor[reader] == 0)
                {
                    ready.Enqueue(reader, reader);
                }
            }
        }

        return sorted.Count == nodes.Count ? sorted : throw new InvalidOperationException(
            $"the graph has a cycle: {string.Join(", ", nodes.Where((_, i) => waitingFor[i] > 0).Take(3).Select(n => $"node '{n.DisplayName}' ({n.OpType})"))} wait for what comes behind them.");
    }

    /// <summary>What a node reads, the reads of its subgraphs from outside included.</summary>
    private static IEnumerable<Value> Reads(Node node) => node.Inputs.OfType<Value>()
        .Concat(node.Subgraphs.SelectMany(g => g.Nodes.SelectMany(Reads).Concat(g.Outputs)));
}
