using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Rewriting;

/// <summary>
/// An LSTM with dynamic quantization, written from the formulas: ONNX LSTM (gates i, o, f, c; Sigmoid, Tanh, Tanh) whose products are sums of integers, with
/// DynamicQuantizeLinear of all inputs of a call at once, and of the state anew in every step.
/// </summary>
internal sealed class LstmFormula(Tensor weight, IReadOnlyList<float> weightScales, Tensor recurrence, IReadOnlyList<float> recurrenceScales)
{
    private readonly int _directions = (int)weight.Dims[0];
    private readonly int _gates = (int)weight.Dims[1];
    private readonly int _input = (int)weight.Dims[2];
    private readonly int _hidden = (int)weight.Dims[1] / 4;

    public Tensor? Bias { get; init; }

    public Tensor? InitialState { get; init; }

    public Tensor? InitialCell { get; init; }

    /// <summary>+1 by default; whether a single direction runs from the last step to the first.</summary>
    public bool Reverse { get; init; }

    /// <summary>Y [steps, directions, batch, hidden].</summary>
    public double[] Run(Tensor x)
    {
        (int steps, int batch) = ((int)x.Dims[0], (int)x.Dims[1]);
        (double[] inputs, double inputScale) = Quantize(x.Span<float>().ToArray());
        var result = new double[steps * _directions * batch * _hidden];
        for (int d = 0; d < _directions; d++)
        {
            float[] state = Initial(InitialState, d, batch);
            double[] cell = Array.ConvertAll(Initial(InitialCell, d, batch), c => (double)c);
            for (int turn = 0; turn < steps; turn++)
            {
                int step = Reverse || d == 1 ? steps - 1 - turn : turn;
                (double[] states, double stateScale) = Quantize(state);
                for (int b = 0; b < batch; b++)
                {
                    double[] gates = [.. Enumerable.Range(0, _gates).Select(g =>
                        Product(inputs, ((step * batch) + b) * _input, weight, weightScales, (d * _gates) + g, _input, inputScale)
                        + Product(states, b * _hidden, recurrence, recurrenceScales, (d * _gates) + g, _hidden, stateScale)
                        + (Bias is null ? 0 : (double)Bias.Span<float>()[(2 * d * _gates) + g] + Bias.Span<float>()[(2 * d * _gates) + _gates + g]))];
                    for (int h = 0; h < _hidden; h++)
                    {
                        int at = (b * _hidden) + h;
                        cell[at] = (Sigmoid(gates[(2 * _hidden) + h]) * cell[at]) + (Sigmoid(gates[h]) * Math.Tanh(gates[(3 * _hidden) + h]));
                        state[at] = (float)(Sigmoid(gates[_hidden + h]) * Math.Tanh(cell[at]));
                        result[(((((step * _directions) + d) * batch) + b) * _hidden) + h] = state[at];
                    }
                }
            }
        }

        return result;
    }

    private float[] Initial(Tensor? given, int direction, int batch) =>
        given is null ? new float[batch * _hidden] : given.Span<float>().Slice(direction * batch * _hidden, batch * _hidden).ToArray();

    private static double Product(double[] numbers, int at, Tensor weight, IReadOnlyList<float> scales, int row, int length, double scale)
    {
        double sum = 0;
        for (int k = 0; k < length; k++)
        {
            sum += numbers[at + k] * Math.Clamp(Math.Round(weight.Span<float>()[(row * length) + k] / scales[row], MidpointRounding.ToEven), -127, 127);
        }

        return sum * scale * scales[row];
    }

    /// <summary>q − zero point, and the scale: uint8 over the least interval that holds all numbers and 0.</summary>
    private static (double[] Integers, double Scale) Quantize(float[] numbers)
    {
        float min = Math.Min(0, numbers.Min());
        float max = Math.Max(0, numbers.Max());
        float scale = max == min ? 1 : (max - min) / 255;
        double zero = Math.Clamp(Math.Round(-min / scale, MidpointRounding.ToEven), 0, 255);
        return (Array.ConvertAll(numbers, x => Math.Clamp(Math.Round(x / scale, MidpointRounding.ToEven) + zero, 0, 255) - zero), scale);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
