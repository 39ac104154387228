using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data;

/// <summary>All samples of one model input (or the labels): arrays of one or more files, one after the other along the batch axis.</summary>
internal sealed class BoundArray
{
    private readonly IReadOnlyList<StoredArray> _segments;
    private readonly long[] _starts;

    /// <summary>Binds arrays whose types and sizes (but for the batch axis) are already known to agree.</summary>
    /// <param name="name">The input's name.</param>
    /// <param name="segments">At least one array.</param>
    /// <param name="batchAxis">The axis along which samples lie; null: there are none, and each batch gets the whole (first) array.</param>
    public BoundArray(string name, IReadOnlyList<StoredArray> segments, int? batchAxis)
    {
        Name = name;
        BatchAxis = batchAxis;
        _segments = segments;
        _starts = new long[segments.Count + 1];
        for (int i = 0; i < segments.Count; i++)
        {
            _starts[i + 1] = checked(_starts[i] + (batchAxis is { } axis ? segments[i].Dims[axis] : 0));
        }
    }

    /// <summary>Binds arrays that are in memory.</summary>
    public BoundArray(string name, IReadOnlyList<Tensor> segments, int? batchAxis)
        : this(name, [.. segments.Select(StoredArray.Of)], batchAxis)
    {
    }

    public string Name { get; }

    public int? BatchAxis { get; }

    public ElementType Type => _segments[0].Type;

    /// <summary>Samples in all segments; 0 where there is no batch axis.</summary>
    public long Count => _starts[^1];

    /// <summary>The samples with these numbers as one batch; without a copy where they lie together in C order.</summary>
    public Tensor Take(ReadOnlySpan<int> samples)
    {
        if (BatchAxis is not { } axis)
        {
            return _segments[0].ToTensor();
        }

        StoredArray first = _segments[0];
        long[] dims = [.. first.Dims];
        dims[axis] = samples.Length;
        long outer = Product(dims.AsSpan(0, axis));
        int inner = checked((int)first.Type.ByteCount(Product(dims.AsSpan(axis + 1))));
        if (outer == 1 && AreNeighbours(samples) && Find(samples[0]) is var place && place.Local + samples.Length <= _segments[place.Segment].Dims[axis])
        {
            return Tensor.FromBytes(first.Type, dims, _segments[place.Segment].Read(place.Local * inner, checked(samples.Length * inner)));
        }

        byte[] bytes = new byte[checked(outer * samples.Length * inner)];
        for (int i = 0; i < samples.Length; i++)
        {
            (int segment, long local) = Find(samples[i]);
            long rowLength = _segments[segment].Dims[axis];
            for (long o = 0; o < outer; o++)
            {
                ReadOnlyMemory<byte> row = _segments[segment].Read(((o * rowLength) + local) * inner, inner);
                row.Span.CopyTo(bytes.AsSpan((int)((o * samples.Length) + i) * inner, inner));
            }
        }

        return Tensor.FromBytes(first.Type, dims, bytes);
    }

    /// <summary>Type and sizes of <paramref name="count"/> samples.</summary>
    public string Describe(int count) => $"{Type}[{string.Join(", ", _segments[0].Dims.Select((d, axis) => axis == BatchAxis ? count : d))}]";

    private (int Segment, long Local) Find(int sample)
    {
        int segment = 0;
        while (sample >= _starts[segment + 1])
        {
            segment++;
        }

        return (segment, sample - _starts[segment]);
    }

    private static bool AreNeighbours(ReadOnlySpan<int> samples)
    {
        for (int i = 1; i < samples.Length; i++)
        {
            if (samples[i] != samples[0] + i)
            {
                return false;
            }
        }

        return samples.Length > 0;
    }

    private static long Product(ReadOnlySpan<long> dims)
    {
        long product = 1;
        foreach (long dim in dims)
        {
            product *= dim;
        }

        return product;
    }
}
