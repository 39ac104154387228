using CsCheck;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Rewriting.Rounding;

namespace QuantBuildTasks.Engine.Tests.Rewriting.Rounding;

public sealed class CovarianceRoundingTests
{
    /// <summary>Weights in steps, scales, and what their rows are multiplied with, from which C is made.</summary>
    private static readonly Gen<(float[] Row, float[] Scales, float[] Matrix)> Cases = Gen.Int[1, 24].SelectMany(n =>
        Gen.Select(Gen.Float[-140, 140].Array[n], Gen.Float[1e-3f, 10].Array[n], Gen.Float[-2, 2].Array[n * 6]).Select((steps, scales, patches) =>
            (steps.Zip(scales, (q, s) => q * s).ToArray(), scales, SecondMoment(patches, n))));

    [Fact]
    public void Each_weight_becomes_a_whole_number_of_steps_within_one_step_of_it() =>
        Cases.Sample(c =>
        {
            float[] rounded = Round(c.Row, c.Scales, c.Matrix);
            for (int i = 0; i < rounded.Length; i++)
            {
                float integer = MathF.Round(rounded[i] / c.Scales[i]);
                Assert.Equal(integer * c.Scales[i], rounded[i]);
                Assert.InRange(integer, -127, 127);
                float inside = Math.Clamp(c.Row[i], -127 * c.Scales[i], 127 * c.Scales[i]);
                Assert.InRange(Math.Abs(rounded[i] - inside), 0, c.Scales[i] * 1.0001f);
            }
        });

    [Fact]
    public void Error_is_never_above_that_of_rounding_to_nearest() =>
        Cases.Sample(c =>
        {
            double nearest = Error(c.Row, Nearest(c.Row, c.Scales), c.Matrix);
            double rounded = Error(c.Row, Round(c.Row, c.Scales, c.Matrix), c.Matrix);
            Assert.True(rounded <= nearest + (1e-6 * Size(c.Row, c.Scales, c.Matrix)), $"{rounded} > {nearest}");
        });

    [Fact]
    public void Weights_on_the_grid_stay() =>
        Gen.Int[1, 20].SelectMany(n => Gen.Select(Gen.Int[-127, 127].Array[n], Gen.Float[1e-3f, 10], Gen.Float[-2, 2].Array[n * 4])).Sample((integers, scale, patches) =>
        {
            float[] row = Array.ConvertAll(integers, q => q * scale);
            Assert.Equal(row, Round(row, [.. row.Select(_ => scale)], SecondMoment(patches, row.Length)));
        });

    [Fact]
    public void Inputs_that_do_not_go_together_are_rounded_to_nearest() =>
        Gen.Select(Gen.Float[-126, 126].Array[9], Gen.Float[0.1f, 5].Array[9]).Sample((row, diagonal) =>
        {
            float[] scales = [.. row.Select(_ => 1f)];
            var matrix = new float[81];
            for (int i = 0; i < 9; i++)
            {
                matrix[i * 10] = diagonal[i];
            }

            Assert.Equal(Nearest(row, scales), Round(row, scales, matrix));
        });

    /// <summary>Two equal inputs: only the sum of both errors counts, so 0.4 + 0.4 becomes 0 + 1 and not 0 + 0.</summary>
    [Fact]
    public void Errors_of_inputs_that_go_together_cancel_out()
    {
        float[] rounded = Round([0.4f, 0.4f], [1, 1], [1, 1, 1, 1]);

        Assert.Equal(1, rounded.Sum());
    }

    /// <summary>All 2⁸ ways to round: descent must come near to the best of them, on average within a tenth of what rounding to nearest leaves over it.</summary>
    [Fact]
    public void Error_comes_near_to_the_best_of_all_roundings()
    {
        const int Length = 8;
        (double excess, double nearestExcess) = (0, 0);
        for (int seed = 0; seed < 40; seed++)
        {
            float[] row = Array.ConvertAll(ModelBuilder.Random($"row {seed}", Length).Span<float>().ToArray(), v => v * 100);
            float[] scales = [.. row.Select(_ => 1f)];
            float[] matrix = SecondMoment(Array.ConvertAll(ModelBuilder.Random($"patches {seed}", Length * 12).Span<float>().ToArray(), v => v + 1), Length);
            double best = Enumerable.Range(0, 1 << Length).Min(choice =>
                Error(row, [.. row.Select((w, i) => (choice >> i & 1) == 0 ? MathF.Floor(w) : MathF.Ceiling(w))], matrix));
            double found = Error(row, Round(row, scales, matrix), matrix);

            Assert.True(found >= best - 1e-4, $"{found} < {best}: a weight went further than one step.");
            excess += found - best;
            nearestExcess += Error(row, Nearest(row, scales), matrix) - best;
        }

        Assert.InRange(excess / nearestExcess, 0, 0.1);
    }

    [Fact]
    public void Rows_with_scales_that_are_safe_from_saturation_stay_safe() =>
        Gen.Int[1, 33].SelectMany(n => Gen.Select(Gen.Float[-10, 10].Array[n], Gen.Float[1e-4f, 1e4f], Gen.Float[-2, 2].Array[n * 6])).Sample((values, factor, patches) =>
        {
            Tensor weight = Tensor.Of(Array.ConvertAll(values, v => v * factor), values.Length, 1);
            float scale = WeightScales.Complete(PairSafeScales.Of(weight, ReductionOrder.OfMatrix(weight)), [], 1)[0];
            float[] rounded = Round(weight.Span<float>().ToArray(), [.. values.Select(_ => scale)], SecondMoment(patches, values.Length));
            int[] integers = Array.ConvertAll(rounded, w => (int)MathF.Round(w / scale));
            for (int k = 0; k < integers.Length; k += 2)
            {
                int second = k + 1 < integers.Length ? integers[k + 1] : 0;
                Assert.InRange(Math.Max(integers[k], 0) + Math.Max(second, 0), 0, PairSafeScales.LargestSum);
                Assert.InRange(Math.Max(-integers[k], 0) + Math.Max(-second, 0), 0, PairSafeScales.LargestSum);
            }
        });

    private static float[] Round(float[] row, float[] scales, float[] matrix)
    {
        float[] rounded = [.. row];
        CovarianceRounding.Round(rounded, scales, matrix);
        return rounded;
    }

    private static float[] Nearest(float[] row, float[] scales) =>
        [.. row.Zip(scales, (w, s) => Math.Clamp(MathF.Round(w / s, MidpointRounding.ToEven), -127, 127) * s)];

    private static double Error(float[] row, float[] rounded, float[] matrix)
    {
        double sum = 0;
        for (int k = 0; k < matrix.Length; k++)
        {
            (int i, int j) = (k / row.Length, k % row.Length);
            sum += ((double)row[i] - rounded[i]) * matrix[k] * ((double)row[j] - rounded[j]);
        }

        return sum;
    }

    /// <summary>Σ|eᵢ·Cᵢⱼ·eⱼ| for the errors of rounding to nearest and a step more: the size at which float32 loses digits.</summary>
    private static double Size(float[] row, float[] scales, float[] matrix)
    {
        double[] largest = [.. row.Zip(Nearest(row, scales), (w, n) => Math.Abs((double)w - n)).Zip(scales, (e, s) => e + s)];
        return matrix.Select((c, k) => Math.Abs(c) * largest[k / row.Length] * largest[k % row.Length]).Sum();
    }

    private static float[] SecondMoment(float[] patches, int length)
    {
        var matrix = new float[length * length];
        for (int k = 0; k < matrix.Length; k++)
        {
            for (int p = 0; p < patches.Length; p += length)
            {
                matrix[k] += patches[p + (k / length)] * patches[p + (k % length)] * length / patches.Length;
            }
        }

        return matrix;
    }
}
