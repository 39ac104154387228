using System.Collections;
using System.Globalization;

namespace QuantBuildTasks.Engine.Model;

/// <summary>One dimension: a number, a name (<c>batch</c>), or unknown (neither).</summary>
/// <param name="Value">The size, or null where it is symbolic or unknown.</param>
/// <param name="Symbol">The symbolic name, or null. Some exporters write an empty one for a size without a name: that is null, too.</param>
internal readonly record struct Dimension(long? Value, string? Symbol = null)
{
    public string? Symbol { get; } = Symbol is { Length: > 0 } ? Symbol : null;

    public static implicit operator Dimension(long value) => new(value);

    public static implicit operator Dimension(string symbol) => new(null, symbol);

    public override string ToString() => Value?.ToString(CultureInfo.InvariantCulture) ?? Symbol ?? "?";
}

/// <summary>The dimensions of a value, outermost first. A scalar has rank 0.</summary>
internal sealed class Shape(params Dimension[] dimensions) : IReadOnlyList<Dimension>, IEquatable<Shape>
{
    public int Count => dimensions.Length;

    public int Rank => dimensions.Length;

    public bool IsStatic => Array.TrueForAll(dimensions, d => d.Value is not null);

    public Dimension this[int index] => dimensions[index];

    public static Shape Of(IEnumerable<long> sizes) => new([.. sizes.Select(s => new Dimension(s))]);

    public IEnumerator<Dimension> GetEnumerator() => ((IEnumerable<Dimension>)dimensions).GetEnumerator();

    public override string ToString() => $"[{string.Join(", ", dimensions)}]";

    /// <summary>Whether all dimensions are written alike.</summary>
    public bool Equals(Shape? other) => other is not null && this.SequenceEqual(other);

    public override bool Equals(object? obj) => Equals(obj as Shape);

    public override int GetHashCode() => dimensions.Aggregate(dimensions.Length, HashCode.Combine);

    IEnumerator IEnumerable.GetEnumerator() => dimensions.GetEnumerator();
}
