using CsCheck;
using QuantBuildTasks.Engine.Calibration.Moments;

namespace QuantBuildTasks.Engine.Tests.Calibration.Moments;

/// <summary>Sums against plain ones in double precision, for lengths on both sides of the tiles' edges.</summary>
public sealed class MomentSumsTests
{
    private const int Count = 37;

    public static TheoryData<int, int> Sizes => new MatrixTheoryData<int, int>([1, 5], [1, 3, 9, 17, 70]);

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Moments_are_the_means_of_numbers_and_of_products(int groups, int length)
    {
        float[] patches = Patches(groups, length);
        LayerMoments moments = Sum(groups, length, patches, Count);

        Assert.Equal((groups, length, Count), (moments.Groups, moments.Length, moments.Count));
        for (int g = 0; g < groups; g++)
        {
            for (int i = 0; i < length; i++)
            {
                AssertClose(Mean(p => patches[(((p * groups) + g) * length) + i]), moments.MeanOf(g)[i]);
                for (int j = 0; j < length; j++)
                {
                    double expected = Mean(p => (double)patches[(((p * groups) + g) * length) + i] * patches[(((p * groups) + g) * length) + j]);
                    AssertClose(expected, moments.Second[(((g * length) + i) * length) + j]);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Sums_do_not_depend_on_how_many_threads_add(int groups, int length)
    {
        float[] patches = Patches(groups, length);
        LayerMoments many = Sum(groups, length, patches, 10);
        LayerMoments one = Sum(groups, length, patches, 10, threads: 1);

        Assert.Equal(many.Second, one.Second);
        Assert.Equal(many.Mean, one.Mean);
    }

    [Fact]
    public void Moments_of_no_patches_are_zero()
    {
        LayerMoments moments = new MomentSums(2, 3).ToMoments();

        Assert.Equal(0, moments.Count);
        Assert.All(moments.Mean.Concat(moments.Second), v => Assert.Equal(0, v));
        Assert.All(moments.Matrix(1, centred: true), v => Assert.Equal(0, v));
    }

    /// <summary>C = E[(x − μ)(x − μ)ᵀ], and a little more on the diagonal.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Matrix_is_the_covariance_or_the_second_moment_with_a_small_ridge(bool centred)
    {
        float[] patches = Array.ConvertAll(Patches(1, 5), v => v + 1);
        float[] matrix = Sum(1, 5, patches, Count).Matrix(0, centred);
        double[] mean = [.. Enumerable.Range(0, 5).Select(i => centred ? Mean(p => patches[(p * 5) + i]) : 0)];
        double[] exact = [.. Enumerable.Range(0, 25).Select(k => Mean(p => (patches[(p * 5) + (k / 5)] - mean[k / 5]) * (patches[(p * 5) + (k % 5)] - mean[k % 5])))];
        double ridge = (exact[0] + exact[6] + exact[12] + exact[18] + exact[24]) / 5 * (1e-4 + (0.01 * 5 / Count));

        Assert.All(Enumerable.Range(0, 25), k => AssertClose(exact[k] + (k % 6 == 0 ? ridge : 0), matrix[k]));
    }

    [Fact]
    public void Matrix_gives_no_row_a_negative_error() =>
        Gen.Select(Gen.Float[-10, 10].Array[4 * 12], Gen.Float[-1, 1].Array[4], Gen.Bool).Sample((patches, row, centred) =>
        {
            float[] matrix = Sum(1, 4, patches, 12).Matrix(0, centred);
            double error = 0;
            for (int k = 0; k < 16; k++)
            {
                error += (double)row[k / 4] * matrix[k] * row[k % 4];
            }

            Assert.True(error >= -1e-4, $"{error}");
        });

    private static float[] Patches(int groups, int length) => ModelBuilder.Random($"patches {groups} {length}", Count, groups * length).Span<float>().ToArray();

    private static double Mean(Func<int, double> number) => Enumerable.Range(0, Count).Average(number);

    /// <summary>Adds so many patches at a time.</summary>
    private static LayerMoments Sum(int groups, int length, float[] patches, int atOnce, int threads = 4)
    {
        var sums = new MomentSums(groups, length);
        int size = groups * length;
        for (int first = 0; first < patches.Length / size; first += atOnce)
        {
            int count = Math.Min(atOnce, (patches.Length / size) - first);
            sums.Add(patches[(first * size)..((first + count) * size)], count, threads);
        }

        return sums.ToMoments();
    }

    private static void AssertClose(double expected, float actual) => Assert.InRange(actual, expected - 3e-6 - (1e-5 * Math.Abs(expected)), expected + 3e-6 + (1e-5 * Math.Abs(expected)));
}
