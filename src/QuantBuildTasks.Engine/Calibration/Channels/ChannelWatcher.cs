using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Calibration.Channels;

/// <summary>Watches the channels of a float model's tensors on the calibration data, in one pass. Sums are kept for each batch and added in the order of the data.</summary>
internal sealed class ChannelWatcher(IInference inference)
{
    /// <summary>Statistics by tensor name, of tensors that are float32 with channels on axis 1.</summary>
    /// <param name="model">The float model; it is not changed.</param>
    /// <param name="tensors">Values that nodes of the main graph compute; graph inputs, which nothing scales, are left out.</param>
    /// <param name="data">The samples.</param>
    /// <param name="options">How to walk over them.</param>
    /// <param name="cancellation">Ends the walk between two batches.</param>
    /// <exception cref="QuantException">QBT1004: the model does not run on the data.</exception>
    public IReadOnlyDictionary<string, ChannelStatistics> Watch(
        OnnxModel model,
        IReadOnlyList<string> tensors,
        Dataset data,
        CalibrationOptions options,
        CancellationToken cancellation = default)
    {
        using ExposedPass pass = ExposedPass.Open(inference, model, tensors, data, options);
        var merged = new Dictionary<string, ChannelSums>(StringComparer.Ordinal);
        var inOrder = new OrderedMerge<Dictionary<string, ChannelSums>>(batch => Merge(merged, batch));
        pass.Run(() => pass, (_, range, inputs) => inOrder.Add(range, Sums(pass, inputs)), cancellation);
        return merged.ToDictionary(m => m.Key, m => m.Value.ToStatistics(), StringComparer.Ordinal);
    }

    private static void Merge(Dictionary<string, ChannelSums> merged, Dictionary<string, ChannelSums> batch)
    {
        foreach ((string name, ChannelSums sums) in batch)
        {
            if (!merged.TryAdd(name, sums))
            {
                merged[name].Add(sums);
            }
        }
    }

    private static Dictionary<string, ChannelSums> Sums(ExposedPass pass, IReadOnlyDictionary<string, Tensor> inputs)
    {
        var sums = new Dictionary<string, ChannelSums>(StringComparer.Ordinal);
        pass.Show(inputs, (name, dims, numbers) =>
        {
            if (dims.Length >= 2)
            {
                sums.Add(name, ChannelSums.Of(numbers, (int)dims[0], (int)dims[1]));
            }
        });
        return sums;
    }

    private sealed class ChannelSums(int channels)
    {
        private readonly float[] _min = [.. Enumerable.Repeat(float.PositiveInfinity, channels)];
        private readonly float[] _max = [.. Enumerable.Repeat(float.NegativeInfinity, channels)];
        private readonly double[] _sums = new double[channels];
        private readonly double[] _squares = new double[channels];
        private long _count;

        public static ChannelSums Of(ReadOnlySpan<float> values, int samples, int channels)
        {
            var sums = new ChannelSums(channels);
            int positions = samples * channels == 0 ? 0 : values.Length / (samples * channels);
            for (int run = 0; run < samples * channels && positions > 0; run++)
            {
                int channel = run % channels;
                (float min, float max, double sum, double squares) = ChannelKernel.Sum(values.Slice(run * positions, positions));
                sums._min[channel] = Math.Min(sums._min[channel], min);
                sums._max[channel] = Math.Max(sums._max[channel], max);
                sums._sums[channel] += sum;
                sums._squares[channel] += squares;
            }

            sums._count = (long)samples * positions;
            return sums;
        }

        public void Add(ChannelSums other)
        {
            for (int c = 0; c < _min.Length; c++)
            {
                _min[c] = Math.Min(_min[c], other._min[c]);
                _max[c] = Math.Max(_max[c], other._max[c]);
                _sums[c] += other._sums[c];
                _squares[c] += other._squares[c];
            }

            _count += other._count;
        }

        public ChannelStatistics ToStatistics() => new(_min, _max, Means(_sums), Means(_squares), _count);

        private double[] Means(double[] sums) => Array.ConvertAll(sums, s => s / Math.Max(1, _count));
    }
}
