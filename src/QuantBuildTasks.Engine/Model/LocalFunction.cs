namespace QuantBuildTasks.Engine.Model;

/// <summary>What a node says to call a function.</summary>
/// <param name="Domain">The operator set; empty for ONNX's own.</param>
/// <param name="Name">What stands as the node's operator.</param>
/// <param name="Overload">Tells functions of the same name apart; empty for the only one.</param>
internal readonly record struct FunctionId(string Domain, string Name, string Overload)
{
    public override string ToString() => (Domain.Length > 0 ? Domain + "." : "") + Name + (Overload.Length > 0 ? ":" + Overload : "");
}

/// <summary>A function that a model defines, which its nodes call like an operator.</summary>
/// <param name="id">How it is called.</param>
/// <param name="body">Its inputs and outputs are the formal ones, by position. It sees no value of the model's graph, and holds no initializers: the format has no place for them.</param>
internal sealed class LocalFunction(FunctionId id, Graph body)
{
    public FunctionId Id { get; } = id;

    public Graph Body { get; } = body;

    /// <summary>Names of the attributes that a call gives, without those in <see cref="Defaults"/>. In the body <see cref="NodeAttribute.Reference"/> names them.</summary>
    public IList<string> Attributes { get; } = [];

    /// <summary>Attributes that a call may leave out, with the value that they have then.</summary>
    public IList<NodeAttribute> Defaults { get; } = [];

    /// <summary>The operator sets of the body's nodes, which may be others than the model's.</summary>
    public SortedDictionary<string, long> Opsets { get; } = new(StringComparer.Ordinal);

    public string DocString { get; set; } = "";

    /// <summary>Free key-value pairs, in file order.</summary>
    public IList<KeyValuePair<string, string>> Metadata { get; } = [];

    /// <summary>What the reader did not interpret; only the serializer looks inside.</summary>
    public object? Residue { get; set; }

    public override string ToString() => Id.ToString();
}
