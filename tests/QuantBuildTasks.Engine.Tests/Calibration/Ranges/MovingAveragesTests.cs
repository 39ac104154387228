using CsCheck;
using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Calibration.Ranges;
using QuantBuildTasks.Engine.Data;

namespace QuantBuildTasks.Engine.Tests.Calibration.Ranges;

public sealed class MovingAveragesTests
{
    [Fact]
    public void Few_batches_give_their_mean() => Assert.Equal(new ValueRange(-2, 4), After([(-1, 3), (-3, 5), (-2, 4)]));

    [Fact]
    public void The_first_hundred_batches_count_evenly_and_later_ones_by_a_hundredth()
    {
        // 100 batches up to 1, then two up to 11: 1 + 0.01·10 = 1.1, and 1.1 + 0.01·9.9 = 1.199.
        Assert.Equal(1.199, After([.. Enumerable.Repeat((0f, 1f), 100), (0, 11), (0, 11)]).Max, 1e-12);
    }

    [Fact]
    public void The_order_of_the_data_counts_not_that_in_which_batches_come() =>
        Gen.Select(Gen.Float[-9, 9].Array[1, 40], Gen.Int).Sample((ends, seed) =>
        {
            (float, float)[] batches = [.. ends.Select(e => (-Math.Abs(e), Math.Abs(e)))];
            var averages = new MovingAverages();
            var inOrder = new OrderedMerge<Dictionary<string, (float Min, float Max)>>(averages.Add);
            int[] order = [.. Enumerable.Range(0, batches.Length)];
            new Random(seed).Shuffle(order);
            foreach (int batch in order)
            {
                inOrder.Add(new SampleRange(batch, 1), One(batches[batch]));
            }

            Assert.Equal(After(batches), averages.Of("x"));
        });

    [Fact]
    public void A_batch_that_does_not_compute_a_tensor_leaves_its_average_alone()
    {
        var averages = new MovingAverages();
        averages.Add(One((0, 1)));
        averages.Add(new Dictionary<string, (float, float)>());
        averages.Add(One((0, 3)));

        Assert.Equal(new ValueRange(0, 2), averages.Of("x"));
        Assert.Equal(default, averages.Of("never"));
    }

    private static ValueRange After((float, float)[] batches)
    {
        var averages = new MovingAverages();
        foreach ((float, float) batch in batches)
        {
            averages.Add(One(batch));
        }

        return averages.Of("x");
    }

    private static Dictionary<string, (float Min, float Max)> One((float, float) extremes) => new() { ["x"] = extremes };
}
