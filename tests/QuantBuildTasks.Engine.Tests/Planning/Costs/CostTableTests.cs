using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Tests.Planning.Costs;

public class CostTableTests
{
    public static TheoryData<string> Tables => [.. BuiltInProfiles.All.Select(p => p.Costs).OfType<string>()];

    [Theory]
    [MemberData(nameof(Tables))]
    public void Table_of_each_profile_knows_every_kernel_in_both_forms_and_says_where_it_comes_from(string name)
    {
        CostTable table = CostTable.Load(name);

        Assert.Equal(name, table.Name);
        Assert.NotEmpty(table.Method);
        Assert.Equal(Enum.GetValues<KernelKind>(), table.Float32.Keys.Order());
        Assert.Equal(table.Float32.Keys.Except([KernelKind.HardSwish]).Order(), table.Int8.Keys.Order());
        Assert.All(table.Float32.Values.Concat(table.Int8.Values), c => Assert.True(c is { Node: >= 0, MultiplyAdd: >= 0, Input: >= 0, Output: >= 0, Weight: >= 0, Place: >= 0 }));
        Assert.All([table.Quantize.Image, table.Quantize.Flat, table.Dequantize.Image, table.Dequantize.Flat], c => Assert.True(c.Node + c.Output > 0));
    }

    [Fact]
    public void Only_tables_of_machines_that_were_measured_say_measured() =>
        Assert.Equal([true, true, false], new[] { "x64-vnni", "x64-avx2", "arm64" }.Select(t => CostTable.Load(t).IsMeasured));

    [Fact]
    public void Estimate_multiplies_what_it_starts_from()
    {
        KernelCost measured = CostTable.Load("vnni-amd").Int8[KernelKind.PointConv];
        KernelCost estimated = CostTable.Load("arm64").Int8[KernelKind.PointConv];

        Assert.Equal(1.5 * measured.Node, estimated.Node, 6);
        Assert.Equal(2 * measured.MultiplyAdd, estimated.MultiplyAdd, 6);
        Assert.Equal(2 * measured.Output, estimated.Output, 6);
    }

    [Fact]
    public void Table_of_a_profile_is_the_mean_of_the_processors_that_were_measured()
    {
        KernelCost[] measured = [.. new[] { "vnni-amd", "vnni-intel" }.Select(t => CostTable.Load(t).Float32[KernelKind.Conv])];
        CostTable mean = CostTable.Load("x64-vnni");
        Assert.Equal(["vnni-amd", "vnni-intel"], mean.Parts.Select(p => p.Name));

        Assert.Equal((measured[0].MultiplyAdd + measured[1].MultiplyAdd) / 2, mean.Float32[KernelKind.Conv].MultiplyAdd, 9);
        Assert.Equal((CostTable.Load("vnni-amd").Quantize.Image.Output + CostTable.Load("vnni-intel").Quantize.Image.Output) / 2, mean.Quantize.Image.Output, 9);
    }

    [Fact]
    public void Cost_is_linear_in_the_work()
    {
        var cost = new KernelCost { Node = 100, MultiplyAdd = 0.5, Input = 2, Output = 3, Place = 5, Weight = 0.25 };

        Assert.Equal(100 + 5 + 8 + 15 + 30 + 2, cost.Of(new KernelWork(KernelKind.Conv, 10, 4, 5, 8, 6)));
    }

    [Fact]
    public void Profile_of_a_user_has_the_costs_of_the_one_that_it_is_based_on() => Assert.Equal("arm64", (BuiltInProfiles.Arm64 with { Name = "ours" }).Costs);

    [Fact]
    public void Table_that_does_not_exist_is_refused() => Assert.Throws<ArgumentException>(() => CostTable.Load("none"));
}
