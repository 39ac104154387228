using CsCheck;
using QuantBuildTasks.Engine.Calibration;
using QuantBuildTasks.Engine.Calibration.Passes;
using QuantBuildTasks.Engine.Data;

namespace QuantBuildTasks.Engine.Tests.Calibration.Passes;

public sealed class OrderedMergeTests
{
    [Fact]
    public void Results_come_in_the_order_of_the_samples_in_whatever_order_batches_end() =>
        Gen.Shuffle(Enumerable.Range(0, 9).ToArray()).Sample(order =>
        {
            var merged = new List<int>();
            var merge = new OrderedMerge<int>(merged.Add);
            foreach (int batch in order)
            {
                merge.Add(new SampleRange(batch * 3, 3), batch);
            }

            Assert.Equal(Enumerable.Range(0, 9), merged);
        });

    [Fact]
    public void What_has_all_before_it_does_not_wait()
    {
        var merged = new List<string>();
        var merge = new OrderedMerge<string>(merged.Add);

        merge.Add(new SampleRange(4, 1), "third");
        merge.Add(new SampleRange(0, 2), "first");
        Assert.Equal(["first"], merged);
        merge.Add(new SampleRange(2, 2), "second");
        Assert.Equal(["first", "second", "third"], merged);
    }
}
