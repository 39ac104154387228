using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Pinning;

/// <summary>Numbers for symbolic sizes, and which pin each comes from: a pinned list says how long it is, and so do all inputs that share its size.</summary>
/// <param name="file">What messages call the model.</param>
internal sealed class PinnedSizes(string file)
{
    /// <summary>Arrays hold no more, and the sizes of a pinned model are multiplied all along its way.</summary>
    private const long MostElements = int.MaxValue;

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

    /// <summary>How many elements the known sizes make, those that are not known counted as 1; null where that is more than an array holds.</summary>
    public static long? Elements(IEnumerable<long?> sizes)
    {
        long count = 1;
        foreach (long size in sizes.Select(s => s ?? 1))
        {
            if (size > MostElements || (count *= size) > MostElements)
            {
                return null;
            }
        }

        return count;
    }

    /// <summary>Writes the numbers to every value of the graph and of those below it.</summary>
    /// <exception cref="QuantException">QBT1032: an input would have more elements than an array holds.</exception>
    public void Apply(Graph graph)
    {
        foreach (Value input in graph.Inputs.Where(i => i.Shape is not null))
        {
            Shape shape = Of(input.Shape!);
            if (Elements(shape.Select(d => d.Value)) is null)
            {
                throw QuantException.Error(Codes.BadPin, $"With PinnedInputs the model's input '{input.Name}' is {shape}, and no array has more than {MostElements} elements. Pin smaller sizes.", file);
            }
        }

        foreach (Value value in graph.SelfAndSubgraphs().SelectMany(g => g.Values))
        {
            if (value.Shape is { } shape && shape.Any(d => d.Value is null && Of(d) is not null))
            {
                value.Shape = Of(shape);
            }
        }
    }
}
