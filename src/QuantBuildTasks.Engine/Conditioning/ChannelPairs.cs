namespace QuantBuildTasks.Engine.Conditioning;

/// <summary>What is asked of a weight again and again while factors are tried: sums and maxima over the numbers between one input channel and one output channel.</summary>
internal sealed class ChannelPairs
{
    private readonly double[] _squares;
    private readonly float[] _largest;
    private readonly int _inputs;
    private readonly int _outputsOfGroup;

    /// <param name="layer">The weight, as it is now.</param>
    public ChannelPairs(LayerWeight layer)
    {
        Layer = layer;
        _inputs = layer.Inputs / layer.Groups;
        _outputsOfGroup = layer.Outputs / layer.Groups;
        _squares = new double[layer.Outputs * _inputs];
        _largest = new float[layer.Outputs * _inputs];
        ReadOnlySpan<float> numbers = layer.Numbers;
        for (int start = 0; start < numbers.Length; start += layer.Positions)
        {
            int output = layer.OutputOf(start);
            int pair = (output * _inputs) + layer.InputOf(start) - FirstInputOf(output);
            foreach (float number in numbers.Slice(start, layer.Positions))
            {
                _squares[pair] += (double)number * number;
                _largest[pair] = Math.Max(_largest[pair], Math.Abs(number));
            }
        }
    }

    public LayerWeight Layer { get; }

    /// <summary>The first of the input channels that an output channel reads; the others follow.</summary>
    public int FirstInputOf(int output) => output / _outputsOfGroup * _inputs;

    /// <summary>Σ w² of an output channel, input channel by input channel.</summary>
    public ReadOnlySpan<double> SquaresOf(int output) => _squares.AsSpan(output * _inputs, _inputs);

    /// <summary>max |w| of an output channel, input channel by input channel.</summary>
    public ReadOnlySpan<float> LargestOf(int output) => _largest.AsSpan(output * _inputs, _inputs);
}
