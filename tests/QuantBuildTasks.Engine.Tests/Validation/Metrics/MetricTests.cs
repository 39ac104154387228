using CsCheck;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Metrics.Classes;
using QuantBuildTasks.Engine.Validation.Metrics.Numbers;
using QuantBuildTasks.Engine.Validation.Outputs;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Tests.Validation.Metrics;

public sealed class MetricTests
{
    [Theory]
    [InlineData(new float[] { 1, 3, 2 }, 1)]
    [InlineData(new float[] { 1, 3, 3 }, 1)]
    [InlineData(new float[] { float.NegativeInfinity, float.NegativeInfinity }, 0)]
    [InlineData(new float[] { 1, float.NaN, 3 }, -1)]
    [InlineData(new float[] { float.NaN }, -1)]
    [InlineData(new float[] { }, -1)]
    public void The_first_largest_counts_and_NaN_is_no_answer(float[] values, int expected) =>
        Assert.Equal(expected, PerSample.ArgMax(values));

    [Fact]
    public void Sqnr_is_ten_times_the_decimal_logarithm_of_signal_over_noise()
    {
        // Σx² = 9 + 16 = 25, Σ(x − x̂)² = 0.25: 10·log10(100) = 20.
        Assert.Equal(20, SignalNoise.Of([3, 4], [3, 4.5f]).SqnrDb, 1e-12);
        Assert.Equal(double.PositiveInfinity, SignalNoise.Of([3, 4], [3, 4]).SqnrDb);
        Assert.Equal(double.PositiveInfinity, SignalNoise.Of([0], [0]).SqnrDb);
        Assert.Equal(double.NegativeInfinity, SignalNoise.Of([0], [1]).SqnrDb);
        Assert.Equal(double.NegativeInfinity, SignalNoise.Of([1], [float.NaN]).SqnrDb);
        Assert.Equal(double.NegativeInfinity, SignalNoise.Of([1], [float.PositiveInfinity]).SqnrDb);
    }

    [Fact]
    public void Equal_infinities_are_neither_signal_nor_noise() =>
        Assert.Equal(20, SignalNoise.Of([3, float.NegativeInfinity, 4], [3, float.NegativeInfinity, 4.5f]).SqnrDb, 1e-12);

    [Fact]
    public void Cosine_is_that_of_the_angle()
    {
        Assert.Equal(1, PerSample.Cosine([1, 2], [2, 4]), 1e-15);
        Assert.Equal(0, PerSample.Cosine([1, 0], [0, 1]), 1e-15);
        Assert.Equal(-1, PerSample.Cosine([1, 2], [-1, -2]), 1e-15);
        Assert.Equal(0.6, PerSample.Cosine([1, 0], [3, 4]), 1e-15);
        Assert.Equal(1, PerSample.Cosine([0, 0], [0, 0]));
        Assert.Equal(0, PerSample.Cosine([0, 0], [1, 0]));
        Assert.Equal(0, PerSample.Cosine([1, 0], [float.NaN, 0]));
    }

    [Fact]
    public void Top1_counts_who_is_right_in_pairs()
    {
        // Labels 0 1 2 0; float right on the first three, quantized on the first, third (tie: the first counts) and fourth.
        var metric = new TopKMetric(MetricKind.Top1, 4, _ => [0, 1, 2, 0], "m");
        metric.Add(new SampleRange(0, 4), [9, 0, 0, 0, 9, 0, 0, 0, 9, 0, 9, 0], [9, 0, 0, 9, 9, 0, 0, 0, 9, 9, 9, 0]);

        MetricResult result = metric.Result(default);

        Assert.Equal((MetricKind.Top1, 0.75, 0.75, 0.0, 4), (result.Kind, result.FloatValue, result.Value, result.Drop, result.Samples));
        Assert.Equal(0.5, result.DisagreementRate);
        Assert.Equal(TangoInterval.Of(1, 1, 4), result.DropInterval);
    }

    [Fact]
    public void Agreement_compares_with_the_float_model_and_NaN_never_agrees()
    {
        var metric = new TopKMetric(MetricKind.Agreement, 3, null, "m");
        metric.Add(new SampleRange(0, 3), [9, 0, 0, 9, float.NaN, 0], [8, 0, 1, 0, float.NaN, 0]);

        MetricResult result = metric.Result(default);

        Assert.Equal((MetricKind.Agreement, double.NaN, 1 / 3.0), (result.Kind, result.FloatValue, result.Value));
        Assert.Equal(2 / 3.0, result.Drop, 1e-15);
    }

    [Fact]
    public void Batches_may_come_in_any_order_and_size() =>
        Gen.Select(Gen.Float[-1, 1].Array[60], Gen.Float[-0.1f, 0.1f].Array[60], Gen.Int[1, 20]).Sample((reference, noise, size) =>
        {
            float[] candidate = [.. reference.Zip(noise, (r, n) => r + n)];
            Metric[] Metrics() => [new TopKMetric(MetricKind.Top1, 20, r => [.. Enumerable.Range(r.Start, r.Count).Select(i => i % 3L)], null), new CosineMetric(20)];
            Metric[] whole = Metrics();
            Metric[] parts = Metrics();
            for (int m = 0; m < whole.Length; m++)
            {
                whole[m].Add(new SampleRange(0, 20), reference, candidate);
                for (int start = 19 / size * size; start >= 0; start -= size)
                {
                    int count = Math.Min(size, 20 - start);
                    parts[m].Add(new SampleRange(start, count), reference.AsSpan(start * 3, count * 3), candidate.AsSpan(start * 3, count * 3));
                }

                Assert.Equal(whole[m].Result(default), parts[m].Result(default));
            }
        });

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    public void A_label_that_is_no_class_is_refused(long label)
    {
        var metric = new TopKMetric(MetricKind.Top1, 1, _ => [label], "m.onnx");

        Diagnostic found = Assert.Throws<QuantException>(() => metric.Add(new SampleRange(0, 1), [1, 2, 3], [1, 2, 3])).Diagnostic;

        Assert.Equal((Codes.LabelsMismatch, "m.onnx"), (found.Code, found.File));
        Assert.Contains("3 classes (0–2)", found.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Outputs_of_other_types_are_compared_as_float32()
    {
        (Tensor Tensor, float[] Expected)[] cases =
        [
            (Tensor.Vector((Half)1.5f), [1.5f]), (Tensor.Vector(2.5), [2.5f]), (Tensor.Vector((sbyte)-3), [-3]), (Tensor.Vector((byte)200), [200]),
            (Tensor.Vector((short)-300), [-300]), (Tensor.Vector((ushort)60000), [60000]), (Tensor.Vector(-5), [-5]), (Tensor.Vector(7L), [7]), (Tensor.Vector(true), [1]),
        ];
        var buffer = new OutputBuffer();
        Assert.All(cases, c =>
        {
            Assert.True(OutputBuffer.CanHold(c.Tensor.Type));
            buffer.Fill(c.Tensor.Type, [1], c.Tensor.Bytes.Span);
            Assert.Equal(c.Expected, buffer.Values.ToArray());
        });
        Assert.False(OutputBuffer.CanHold(ElementType.String));
    }
}
