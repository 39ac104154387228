using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Pinning;

/// <summary>Numbers for symbolic sizes, and which pin each comes from: a pinned list says how long it is, and so do all inputs that share its size.</summary>
/// <param name="file">What messages call the model.</param>
internal sealed class PinnedSizes(string file)
{
    private readonly Dictionary<string, (long Size, Pin Source)> _sizes = new(StringComparer.Ordinal);

    /// <exception cref="QuantException">QBT1032: another pin says otherwise.</exception>
    public void Fix(string symbol, long size, Pin source)
    {
        if (!_sizes.TryAdd(symbol, (size, source)) && _sizes[symbol].Size != size)
        {
            throw QuantException.Error(
                Codes.BadPin,
                $"PinnedInputs contradicts itself: '{symbol}' is {_sizes[symbol].Size} by \"{_sizes[symbol].Source}\", and {size} by \"{source}\".",
                file);
        }
    }

    /// <summary>The number, where it is known.</summary>
    public long? Of(Dimension dimension) =>
        dimension.Value ?? (dimension.Symbol is { } symbol && _sizes.TryGetValue(symbol, out (long Size, Pin Source) known) ? known.Size : null);

    /// <summary>The shape with numbers for the names that are known.</summary>
    public Shape Of(Shape shape) => new([.. shape.Select(d => Of(d) is { } size ? new Dimension(size) : d)]);

    /// <summary>Writes the numbers to every value of the graph and of those below it.</summary>
    public void Apply(Graph graph)
    {
        foreach (Value value in graph.SelfAndSubgraphs().SelectMany(g => g.Values))
        {
            if (value.Shape is { } shape && shape.Any(d => d.Value is null && Of(d) is not null))
            {
                value.Shape = Of(shape);
            }
        }
    }
}
