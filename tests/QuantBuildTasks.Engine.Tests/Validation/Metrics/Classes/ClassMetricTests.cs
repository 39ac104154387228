using CsCheck;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Metrics.Classes;
using QuantBuildTasks.Engine.Validation.Metrics.Numbers;
using QuantBuildTasks.Engine.Validation.Statistics;

namespace QuantBuildTasks.Engine.Tests.Validation.Metrics.Classes;

public sealed class ClassMetricTests
{
    [Fact]
    public void F1_is_the_mean_over_the_classes_that_occur_among_the_labels()
    {
        // Labels 0 0 1 1; float says 0 1 1 1: F1 = 2/3 and 4/5. The candidate says 0 2 1 NaN: 2/3 and 2/3; class 2 has no labels.
        var metric = new F1Metric(4, _ => [0, 0, 1, 1], "m");
        metric.Add(new SampleRange(0, 4), Scores(0, 1, 1, 1), Scores(0, 2, 1, -1));

        MetricResult result = metric.Result(default);

        Assert.Equal((2 / 3.0 + 4 / 5.0) / 2, result.FloatValue, 1e-15);
        Assert.Equal(2 / 3.0, result.Value, 1e-15);
        Assert.Equal(result.FloatValue - result.Value, result.Drop, 1e-15);
    }

    [Fact]
    public void F1_has_the_interval_of_a_second_implementation()
    {
        int[] labels = [0, 0, 1, 1, 2, 2, 0, 1];
        var metric = new F1Metric(8, _ => [.. labels.Select(l => (long)l)], "m");
        metric.Add(new SampleRange(0, 8), Scores(0, 0, 1, 1, 2, 1, 0, 1), Scores(0, 1, 1, 1, 0, 2, 0, 2));

        Interval interval = metric.Result(default).DropInterval!.Value;

        Assert.Equal(F1Low, interval.Low, 1e-9);
        Assert.Equal(F1High, interval.High, 1e-9);
    }

    [Fact]
    public void F1_of_right_answers_alone_is_one() =>
        Gen.Int[0, 2].Array[1, 30].Sample(classes =>
        {
            var metric = new F1Metric(classes.Length, _ => [.. classes.Select(c => (long)c)], "m");
            metric.Add(new SampleRange(0, classes.Length), Scores(classes), Scores(classes));

            Assert.Equal((1.0, 1.0, 0.0), (metric.Result(default).FloatValue, metric.Result(default).Value, metric.Result(default).Drop));
        });

    [Fact]
    public void Iou_is_the_mean_over_classes_of_intersection_over_union()
    {
        // Truth 0 0 1 1, and a pixel that counts for nothing. Float says 0 0 1 0: 2/3 and 1/2. The candidate says 0 1 1 0: 1/3 and 1/3.
        var metric = new IouMetric(1, _ => [0, 0, 1, 1, -1], MetricOptions.None, "m");
        metric.Add(new SampleRange(0, 1), [1, 2, 1, 5], [9, 9, 0, 9, 0, 0, 0, 9, 0, 9], [9, 0, 0, 9, 9, 0, 9, 9, 0, 0]);

        MetricResult result = metric.Result(default);

        Assert.Equal((2 / 3.0 + 1 / 2.0) / 2, result.FloatValue, 1e-15);
        Assert.Equal(1 / 3.0, result.Value, 1e-15);
    }

    [Fact]
    public void Iou_without_labels_compares_with_the_map_of_the_float_model()
    {
        // Maps 0 0 1 and 0 1 1: 1/2 and 1/2.
        var metric = new IouMetric(1, null, MetricOptions.None, "m");
        metric.Add(new SampleRange(0, 1), [1, 2, 1, 3], [9, 9, 0, 0, 0, 9], [9, 0, 0, 0, 9, 9]);

        MetricResult result = metric.Result(default);

        Assert.Equal((double.NaN, 0.5, 0.5), (result.FloatValue, result.Value, result.Drop));
    }

    [Theory]
    [InlineData(null, 0.2f, 0.6f, 0.4f, 0.9f, 1)] // probabilities: ½ parts 0 1 0 1
    [InlineData(null, -0.2f, 0.6f, -2f, 0.1f, 1)] // logits: 0 parts 0 1 0 1
    [InlineData(0.95, 0.2f, 0.96f, 0.4f, 0.9f, 7 / 12.0)] // 0 1 0 0 against 0 1 0 1: 2/3 and 1/2
    public void One_channel_is_parted_at_a_half_or_for_logits_at_zero_or_where_the_option_says(double? threshold, float a, float b, float c, float d, double expected)
    {
        long[] labels = [0, 1, 0, 1];
        var metric = new IouMetric(2, r => labels[(r.Start * 2)..((r.Start * 2) + 2)], new MetricOptions { Threshold = threshold }, "m");
        metric.Add(new SampleRange(1, 1), [1, 1, 1, 2], [c, d], [c, d]);
        metric.Add(new SampleRange(0, 1), [1, 1, 1, 2], [a, b], [a, b]);

        Assert.Equal(expected, metric.Result(default).Value, 1e-15);
    }

    [Fact]
    public void A_pixel_that_is_no_class_is_refused_unless_it_is_ignored()
    {
        static void Add(Metric metric) => metric.Add(new SampleRange(0, 1), [1, 2, 1, 2], [9, 0, 0, 9], [9, 0, 0, 9]);

        Diagnostic found = Assert.Throws<QuantException>(() => Add(new IouMetric(1, _ => [0, 255], MetricOptions.None, "m"))).Diagnostic;
        Assert.Equal(Codes.LabelsMismatch, found.Code);
        Assert.Contains("iou(ignore=255)", found.Text, StringComparison.Ordinal);

        var ignoring = new IouMetric(1, _ => [0, 255], new MetricOptions { Ignore = 255 }, "m");
        Add(ignoring);
        Assert.Equal(1, ignoring.Result(default).Value);
        Assert.Equal(Codes.LabelsMismatch, Assert.Throws<QuantException>(() => Add(new IouMetric(1, _ => [0], MetricOptions.None, "m"))).Diagnostic.Code);
        Assert.Equal(Codes.ModelUnsupported, Assert.Throws<QuantException>(() => new IouMetric(1, null, MetricOptions.None, "m").Add(new SampleRange(0, 1), [1], [1])).Diagnostic.Code);
    }

    [Fact]
    public void Neighbours_agree_where_both_models_have_the_same_sample_nearest()
    {
        // Angles of the float outputs 0° 10° 50° 90°: nearest 1 0 1 2. Of the candidate's 0° 30° 50° 90°, twice as long: nearest 1 2 1 2.
        var metric = new NeighboursMetric(4, "m");
        metric.Add(new SampleRange(0, 4), At(1, 0, 10, 50, 90), At(2, 0, 30, 50, 90));

        MetricResult result = metric.Result(default);

        Assert.Equal((double.NaN, 0.75, 0.25, 4), (result.FloatValue, result.Value, result.Drop, result.Samples));
        Assert.Equal(TangoInterval.Of(1, 0, 4), result.DropInterval);
    }

    [Fact]
    public void Neighbours_are_those_of_a_plain_search() =>
        Gen.Select(Gen.Int[2, 12], Gen.Int[1, 20]).SelectMany((n, d) => Gen.Double[-1, 1].Array[d].Array[n]).Where(vectors => vectors.All(v => v.Any(x => Math.Abs(x) > 0.01))).Sample(vectors =>
        {
            float[][] unit = [.. vectors.Select(v => Array.ConvertAll(v, x => (float)(x / Math.Sqrt(v.Sum(y => y * y)))))];
            int[] nearest = NeighboursMetric.Nearest(unit);
            for (int i = 0; i < unit.Length; i++)
            {
                double Cosine(int j) => unit[i].Zip(unit[j], (a, b) => (double)a * b).Sum();
                Assert.NotEqual(i, nearest[i]);
                Assert.True(Cosine(nearest[i]) >= Enumerable.Range(0, unit.Length).Where(j => j != i).Max(Cosine) - 1e-5);
            }
        });

    [Fact]
    public void Neighbours_of_many_samples_are_looked_for_among_some()
    {
        const int N = (2 * NeighboursMetric.MostSamples) + 1;
        var metric = new NeighboursMetric(N, "m");
        float[] outputs = [.. Enumerable.Range(0, N).SelectMany(i => new[] { MathF.Cos(i * 1e-4f), MathF.Sin(i * 1e-4f) })];
        metric.Add(new SampleRange(0, N), outputs, outputs);

        MetricResult result = metric.Result(default);

        // Every third of 8,193.
        Assert.Equal((1.0, 2731), (result.Value, result.Samples));
    }

    private const double F1Low = -0.363636363636;
    private const double F1High = 0.757575757576;

    /// <summary>Outputs over three classes whose largest is as given; NaN for −1.</summary>
    private static float[] Scores(params int[] classes) =>
        [.. classes.SelectMany(c => c < 0 ? [float.NaN, 0, 0] : Enumerable.Range(0, 3).Select(k => k == c ? 1f : 0))];

    private static float[] At(float length, params double[] degrees) =>
        [.. degrees.SelectMany(d => new[] { length * (float)Math.Cos(d * Math.PI / 180), length * (float)Math.Sin(d * Math.PI / 180) })];
}
