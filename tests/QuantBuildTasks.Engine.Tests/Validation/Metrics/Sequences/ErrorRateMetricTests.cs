using CsCheck;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Validation.Metrics;
using QuantBuildTasks.Engine.Validation.Metrics.Sequences;

namespace QuantBuildTasks.Engine.Tests.Validation.Metrics.Sequences;

public sealed class ErrorRateMetricTests
{
    private static readonly Gen<int[]> Sequences = Gen.Int[0, 3].Array[0, 8];

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("flaw", "lawn", 2)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "", 3)]
    [InlineData("", "", 0)]
    [InlineData("ab", "ba", 2)]
    public void Edit_distance_is_that_of_the_textbook(string a, string b, int expected) => Assert.Equal(expected, EditDistance.Between<char>(a, b));

    [Fact]
    public void Edit_distance_is_a_metric() =>
        Gen.Select(Sequences, Sequences, Sequences).Sample((a, b, c) =>
        {
            int ab = EditDistance.Between<int>(a, b);
            Assert.Equal(ab == 0, a.SequenceEqual(b));
            Assert.Equal(ab, EditDistance.Between<int>(b, a));
            Assert.True(EditDistance.Between<int>(a, c) <= ab + EditDistance.Between<int>(b, c));
            Assert.InRange(ab, Math.Abs(a.Length - b.Length), Math.Max(a.Length, b.Length));
        });

    [Fact]
    public void Edit_distance_is_that_of_the_recursive_definition()
    {
        static int Plain(ReadOnlySpan<int> a, ReadOnlySpan<int> b) =>
            a.IsEmpty ? b.Length : b.IsEmpty ? a.Length
            : a[0] == b[0] ? Plain(a[1..], b[1..])
            : 1 + Math.Min(Plain(a[1..], b[1..]), Math.Min(Plain(a[1..], b), Plain(a, b[1..])));

        Gen.Select(Gen.Int[0, 2].Array[0, 5], Gen.Int[0, 2].Array[0, 5]).Sample((a, b) => Assert.Equal(Plain(a, b), EditDistance.Between<int>(a, b)));
    }

    [Theory]
    [InlineData(new[] { 0, 1, 1, 0, 1, 2, 2, 0 }, 0, new[] { 1, 1, 2 })]
    [InlineData(new[] { 0, 0 }, 0, new int[0])]
    [InlineData(new[] { 2, 1, 1, 2, 1, 0 }, 2, new[] { 1, 1, 0 })]
    [InlineData(new[] { 1, -1, 1 }, 0, new[] { 1, CtcGreedy.Nothing, 1 })]
    public void Greedy_decoding_merges_repeats_and_drops_blanks(int[] path, int blank, int[] expected) =>
        Assert.Equal(expected, CtcGreedy.Decode(Frames(path), 3, blank));

    [Fact]
    public void Words_are_what_stands_between_separators()
    {
        Assert.Equal(["1 2", "3"], CtcGreedy.Words([9, 1, 2, 9, 9, 3, 9], 9));
        Assert.Empty(CtcGreedy.Words([9, 9], 9));
        Assert.Empty(CtcGreedy.Words([], 9));
        Assert.NotEqual(CtcGreedy.Words([1, 12], 9), CtcGreedy.Words([11, 2], 9));
    }

    [Fact]
    public void Character_error_rate_is_all_errors_over_all_characters()
    {
        // Labels 1 2 1 and 2: float reads 1 2 1 and 1 (1 error of 4), the candidate 1 1 and nothing (1 + 1 of 4: "2" is lost twice).
        var metric = new ErrorRateMetric(MetricKind.Cer, 2, r => r.Start == 0 ? [1, 2, 1] : [2, -1, -1], MetricOptions.None, "m");
        metric.Add(new SampleRange(0, 1), [1, 5, 3], Frames(1, 2, 2, 1, 0), Frames(1, 0, 1, 0, 0));
        metric.Add(new SampleRange(1, 1), [1, 5, 3], Frames(0, 1, 1, 0, 0), Frames(0, 0, 0, 0, 0));

        MetricResult result = metric.Result(default);

        Assert.Equal((MetricKind.Cer, 0.25, 0.5, 0.25), (result.Kind, result.FloatValue, result.Value, result.Drop));

        // Resamples of two: (0, 0), (0, 1), (1, 1) give 1/3, 1/4 and 0.
        Assert.Equal((0, 1 / 3.0), (result.DropInterval!.Value.Low, Math.Round(result.DropInterval!.Value.High, 12)), (x, y) => x.Item1 == y.Item1 && Math.Abs(x.Item2 - y.Item2) < 1e-11);
    }

    [Fact]
    public void Word_error_rate_counts_words()
    {
        // Class 2 parts words. Labels "1 1", "1": float reads "1 1" and "1"; the candidate "1" and "1": half of the words.
        var metric = new ErrorRateMetric(MetricKind.Wer, 1, _ => [1, 1, 2, 1], new MetricOptions { Separator = 2 }, "m");
        metric.Add(new SampleRange(0, 1), [1, 6, 3], Frames(1, 0, 1, 2, 2, 1), Frames(1, 1, 1, 2, 2, 1));

        MetricResult result = metric.Result(default);

        Assert.Equal((MetricKind.Wer, 0.0, 0.5), (result.Kind, result.FloatValue, result.Value));
    }

    [Fact]
    public void Labels_and_options_that_mean_no_class_are_refused()
    {
        string Code(MetricOptions options, long label, params long[] dims) => Assert.Throws<QuantException>(
            () => new ErrorRateMetric(MetricKind.Cer, 1, _ => [label], options, "m").Add(new SampleRange(0, 1), dims, new float[6], new float[6])).Diagnostic.Code;

        Assert.Equal(Codes.ModelUnsupported, Code(MetricOptions.None, 1, 1, 6));
        Assert.Equal(Codes.LabelsMismatch, Code(MetricOptions.None, 0, 1, 2, 3));
        Assert.Equal(Codes.LabelsMismatch, Code(MetricOptions.None, 3, 1, 2, 3));
        Assert.Equal(Codes.InvalidValue, Code(new MetricOptions { Blank = 3 }, 1, 1, 2, 3));
        var empty = new ErrorRateMetric(MetricKind.Cer, 1, _ => [-1], MetricOptions.None, "m");
        empty.Add(new SampleRange(0, 1), [1, 2, 3], new float[6], new float[6]);
        Assert.Equal(Codes.LabelsMismatch, Assert.Throws<QuantException>(() => empty.Result(default)).Diagnostic.Code);
    }

    /// <summary>Frames over three classes along a path; NaN for −1.</summary>
    private static float[] Frames(params int[] path) =>
        [.. path.SelectMany(c => c < 0 ? [float.NaN, 0, 0] : Enumerable.Range(0, 3).Select(k => k == c ? 1f : 0))];
}
