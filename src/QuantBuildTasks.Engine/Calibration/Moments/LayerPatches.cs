using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>
/// What a layer multiplies its weights with: the input seen as patches, one for each position of the output. A patch holds the numbers of all groups one
/// after another, in the order in which a row of the weight holds its own.
/// </summary>
internal sealed class LayerPatches
{
    private readonly long[] _kernel;
    private readonly long[] _strides;
    private readonly long[] _dilations;
    private readonly long[] _pads;
    private readonly string _autoPad;
    private readonly bool _isConv;
    private readonly bool _rowsAreLast;

    private LayerPatches(Node node, Tensor weight)
    {
        _isConv = node.Is("Conv");
        _rowsAreLast = node.Is("Gemm") || node.Is("MatMul");
        int spatial = _isConv ? weight.Rank - 2 : 0;
        _kernel = _isConv ? [.. weight.Dims.Skip(2)] : [];
        _strides = node.IntsAttribute("strides") is { } s && _isConv ? s : [.. Enumerable.Repeat(1L, spatial)];
        _dilations = node.IntsAttribute("dilations") is { } d && _isConv ? d : [.. Enumerable.Repeat(1L, spatial)];
        _autoPad = _isConv ? node.StringAttribute("auto_pad", "NOTSET") : "NOTSET";

        // Pads count with NOTSET alone: VALID has none, whatever else the node says.
        _pads = node.IntsAttribute("pads") is { } p && _isConv && _autoPad == "NOTSET" ? p : new long[2 * spatial];
        Groups = _rowsAreLast ? 1 : (int)node.IntAttribute("group", 1);
        long perGroup = _isConv ? weight.Dims[1] * _kernel.Aggregate(1L, (a, b) => a * b)
            : node.Is("Gemm") && node.IntAttribute("transB", 0) != 0 ? weight.Dims[1]
            : weight.Dims[0] / Groups;
        Length = checked((int)perGroup);
    }

    /// <summary>How many groups of channels the layer keeps apart; 1 for a matrix.</summary>
    public int Groups { get; }

    /// <summary>Numbers of a patch that belong to one group.</summary>
    public int Length { get; }

    /// <summary>The patches of a Conv, ConvTranspose, Gemm or MatMul with a stored float32 weight; null for other nodes.</summary>
    public static LayerPatches? Of(Node node) =>
        node.Input(0)?.Constant is null && node.Input(1)?.Constant is { Type: ElementType.Float32, Length: > 0 } weight
        && (node.Is("Conv") || node.Is("ConvTranspose") ? weight.Rank >= 3 : (node.Is("Gemm") || node.Is("MatMul")) && weight.Rank == 2)
        && node.IntAttribute("transA", 0) == 0
            ? new LayerPatches(node, weight)
            : null;

    /// <summary>How many patches an input of these sizes has.</summary>
    public long Count(ReadOnlySpan<long> dims)
    {
        if (_rowsAreLast)
        {
            return Product(dims[..^1]);
        }

        long count = dims[0];
        for (int axis = 0; axis < dims.Length - 2; axis++)
        {
            count *= _isConv ? OutputSize(dims[axis + 2], axis) : dims[axis + 2];
        }

        return Math.Max(0, count);
    }

    /// <summary>Copies patches.</summary>
    /// <param name="input">The layer's input in C order.</param>
    /// <param name="dims">Its sizes.</param>
    /// <param name="positions">Which, each 0…<see cref="Count"/> − 1.</param>
    /// <param name="patches">Takes <see cref="Groups"/> × <see cref="Length"/> numbers for each.</param>
    public void Copy(ReadOnlySpan<float> input, ReadOnlySpan<long> dims, ReadOnlySpan<long> positions, Span<float> patches)
    {
        int size = Groups * Length;
        if (_rowsAreLast)
        {
            for (int p = 0; p < positions.Length; p++)
            {
                input.Slice(checked((int)(positions[p] * Length)), Length).CopyTo(patches[(p * size)..]);
            }

            return;
        }

        int channels = (int)dims[1];
        int plane = checked((int)Product(dims[2..]));
        Span<long> start = stackalloc long[dims.Length - 2];
        int[] places = new int[size / channels];
        foreach (long position in positions)
        {
            long sample = Start(position, dims, start);
            bool isInside = Place(start, dims[2..], places);
            ReadOnlySpan<float> planes = input.Slice(checked((int)(sample * channels * plane)), channels * plane);
            Span<float> patch = patches[..size];
            patches = patches[size..];
            for (int c = 0, to = 0; c < channels; c++, planes = planes[plane..])
            {
                for (int k = 0; k < places.Length; k++, to++)
                {
                    int place = places[k];
                    patch[to] = isInside || place >= 0 ? planes[place] : 0;
                }
            }
        }
    }

    /// <summary>Finds where the numbers of a patch lie in a plane; −1: in the padding.</summary>
    /// <returns>Whether all lie in it.</returns>
    private bool Place(ReadOnlySpan<long> start, ReadOnlySpan<long> sizes, Span<int> places)
    {
        bool isInside = true;
        Span<long> offset = stackalloc long[start.Length];
        offset.Clear();
        for (int k = 0; k < places.Length; k++)
        {
            places[k] = At(start, offset, sizes);
            isInside &= places[k] >= 0;
            for (int axis = start.Length - 1; axis >= 0 && _isConv && ++offset[axis] == _kernel[axis]; axis--)
            {
                offset[axis] = 0;
            }
        }

        return isInside;
    }

    /// <summary>Where the first number of a patch lies in a plane.</summary>
    /// <returns>The sample.</returns>
    private long Start(long position, ReadOnlySpan<long> dims, Span<long> start)
    {
        for (int axis = start.Length - 1; axis >= 0; axis--)
        {
            long size = _isConv ? OutputSize(dims[axis + 2], axis) : dims[axis + 2];
            start[axis] = position % size;
            position /= size;
            start[axis] = _isConv ? (start[axis] * _strides[axis]) - PadBefore(dims[axis + 2], axis) : start[axis];
        }

        return position;
    }

    /// <summary>The place in a plane, or −1 in the padding.</summary>
    private int At(ReadOnlySpan<long> start, ReadOnlySpan<long> offset, ReadOnlySpan<long> sizes)
    {
        long at = 0;
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            long coordinate = start[axis] + (_isConv ? offset[axis] * _dilations[axis] : 0);
            if (coordinate < 0 || coordinate >= sizes[axis])
            {
                return -1;
            }

            at = (at * sizes[axis]) + coordinate;
        }

        return (int)at;
    }

    private long OutputSize(long size, int axis) => _autoPad is "SAME_UPPER" or "SAME_LOWER"
        ? (size + _strides[axis] - 1) / _strides[axis]
        : ((size + _pads[axis] + _pads[_kernel.Length + axis] - Reach(axis)) / _strides[axis]) + 1;

    /// <summary>ONNX Conv: SAME pads as much as the output ⌈size / stride⌉ needs, the odd one behind (UPPER) or before (LOWER).</summary>
    private long PadBefore(long size, int axis)
    {
        if (_autoPad is not ("SAME_UPPER" or "SAME_LOWER"))
        {
            return _pads[axis];
        }

        long all = Math.Max(0, ((OutputSize(size, axis) - 1) * _strides[axis]) + Reach(axis) - size);
        return _autoPad == "SAME_UPPER" ? all / 2 : all - (all / 2);
    }

    private long Reach(int axis) => ((_kernel[axis] - 1) * _dilations[axis]) + 1;

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
