using QuantBuildTasks.Engine.Model;
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

    [Theory]
    [InlineData("x64-vnni", "vnni-amd", "vnni-intel")]
    [InlineData("x64-avx2", "avx2-zen2", "avx2-zen3")]
    public void Table_of_a_profile_is_the_mean_of_the_processors_that_were_measured(string profile, string one, string other)
    {
        KernelCost[] measured = [.. new[] { one, other }.Select(t => CostTable.Load(t).Float32[KernelKind.Conv])];
        CostTable mean = CostTable.Load(profile);
        Assert.Equal([one, other], mean.Parts.Select(p => p.Name));

        Assert.Equal((measured[0].MultiplyAdd + measured[1].MultiplyAdd) / 2, mean.Float32[KernelKind.Conv].MultiplyAdd, 9);
        Assert.Equal((CostTable.Load(one).Quantize.Image.Output + CostTable.Load(other).Quantize.Image.Output) / 2, mean.Quantize.Image.Output, 9);
    }

    [Fact]
    public void Mean_with_other_weights_takes_so_much_of_each_processor()
    {
        KernelCost[] measured = [.. new[] { "avx2-zen2", "avx2-zen3" }.Select(t => CostTable.Load(t).Int8[KernelKind.Conv])];

        KernelCost mean = CostTable.Load("x64-avx2").Mean([0.75, 0.25]).Int8[KernelKind.Conv];

        Assert.Equal((0.75 * measured[0].MultiplyAdd) + (0.25 * measured[1].MultiplyAdd), mean.MultiplyAdd, 9);
        Assert.Equal((0.75 * measured[0].Weight) + (0.25 * measured[1].Weight), mean.Weight, 9);
    }

    [Fact]
    public void Cost_is_linear_in_the_work()
    {
        var cost = new KernelCost { Node = 100, MultiplyAdd = 0.5, Input = 2, Output = 3, Place = 5, Weight = 0.25 };

        Assert.Equal(100 + 5 + 8 + 15 + 30 + 2, cost.Of(new KernelWork(KernelKind.Conv, 10, 4, 5, 8, 6)));
    }

    [Theory]
    [InlineData(1400, false)]
    [InlineData(1500, true)]
    public void Weights_of_large_models_cost_the_time_of_reading_their_bytes_from_memory(int width, bool isFar)
    {
        // 1400 × 1400 float32 numbers are 7.5 MiB, 1500 × 1500 are 8.6.
        Graph graph = new ModelBuilder().Input("x", 1, width).Constant("w", Tensor.FromBytes(ElementType.Float32, [width, width], new byte[width * width * 4])).Node("MatMul", "x w -> y").Output("y").Build().Graph;
        graph.Nodes[0].Output().Shape = Shape.Of([1, width]);
        CostTable table = CostTable.Load("x64-vnni");
        KernelWork work = KernelWork.Of(graph.Nodes[0], new ValueSizes())!.Value;

        CostModel costs = CostModel.Of(BuiltInProfiles.X64Vnni, graph, new ValueSizes());

        double bytes = isFar ? (double)width * width * CostTable.FarByte : 0;
        Assert.Equal(table.Float32[work.Kind].Of(work) + (4 * bytes), costs.Float32(graph.Nodes[0]), 3);
        Assert.Equal(table.Int8[work.Kind].Of(work) + bytes, costs.Int8(graph.Nodes[0]), 3);
    }

    [Fact]
    public void Far_weights_are_so_for_each_processor_of_a_mean_and_not_for_steps_of_an_LSTM_which_read_them_from_a_cache()
    {
        CostTable near = CostTable.Load("x64-vnni");
        CostTable far = near.WithFarWeights();

        Assert.Equal(near.Parts.Select(p => p.Float32[KernelKind.Conv].Weight + (4 * CostTable.FarByte)), far.Parts.Select(p => p.Float32[KernelKind.Conv].Weight));
        Assert.Equal(near.Float32[KernelKind.Lstm], far.Float32[KernelKind.Lstm]);
    }

    [Fact]
    public void Profile_of_a_user_has_the_costs_of_the_one_that_it_is_based_on() => Assert.Equal("arm64", (BuiltInProfiles.Arm64 with { Name = "ours" }).Costs);

    [Fact]
    public void Table_that_does_not_exist_is_refused() => Assert.Throws<ArgumentException>(() => CostTable.Load("none"));
}
