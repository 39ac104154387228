namespace QuantBuildTasks.Engine.Model;

/// <summary>Taking the nodes of a body into the graph around it.</summary>
internal sealed partial class Graph
{
    /// <summary>
    /// Moves everything that a body computes and stores to this graph, before the node that holds it; what read a value of the body reads it still.
    /// Names of values that are taken here, around or below, and names of nodes that are taken here, get a number. The types and sizes that a file
    /// claims for what a branch computes go: no one checks them there, and here they would count. The body is empty afterwards, and its outputs
    /// are no longer outputs: the caller gives them to whom they are due, and takes the node out.
    /// </summary>
    /// <param name="owner">A node of this graph.</param>
    /// <param name="body">One of its subgraphs, without inputs.</param>
    /// <returns>What the body gave, in its order: values of this graph or of one around it.</returns>
    /// <exception cref="InvalidOperationException">The body has inputs, or is none of the node's.</exception>
    public IReadOnlyList<Value> Inline(Node owner, Graph body)
    {
        if (body._inputs.Count > 0 || owner.Graph != this || !_children.Remove(body))
        {
            throw new InvalidOperationException($"'{body.Name}' is no body of {owner} that can be inlined.");
        }

        foreach (Value value in body._values.Values.ToArray())
        {
            body._values.Remove(value.Name);
            value.Name = UniqueName(value.Name, body);
            value.Graph = this;
            _values.Add(value.Name, value);
            if (value.Producer is not null)
            {
                (value.Type, value.Shape, value.Residue) = (ElementType.Undefined, null, null);
            }
        }

        _initializers.AddRange(body._initializers);
        foreach (Graph child in body._children)
        {
            Adopt(child);
        }

        var names = new HashSet<string>(_nodes.Select(n => n.Name), StringComparer.Ordinal);
        foreach (Node node in body._nodes)
        {
            node.Graph = this;
            node.Name = node.Name.Length == 0 || names.Add(node.Name) ? node.Name : Numbered(node.Name, n => !names.Add(n));
        }

        _nodes.InsertRange(IndexOf(owner), body._nodes);
        Value[] outputs = [.. body._outputs];
        foreach (Value output in outputs)
        {
            output.OutputCount--;
        }

        body._values.Clear();
        body._initializers.Clear();
        body._children.Clear();
        body._nodes.Clear();
        body._outputs.Clear();
        return outputs;
    }
}
