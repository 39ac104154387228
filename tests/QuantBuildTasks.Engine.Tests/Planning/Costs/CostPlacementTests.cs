using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Preparation.Folding;
using QuantBuildTasks.Engine.Profiles;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Planning.Costs;

/// <summary>Tables made up so that every node and conversion has a cost that can be counted on fingers.</summary>
public class CostPlacementTests
{
    /// <summary>Three convolutions of which the middle one, a depthwise one, is slow as integers.</summary>
    private static ModelBuilder Sandwich() => new ModelBuilder().Input("x", "N", 16, 8, 8).Weight("w", 16, 16, 1, 1).Weight("d", 16, 1, 3, 3).Weight("v", 16, 16, 1, 1)
        .Node("Conv", "x w -> a").Node("Conv", "a d -> b", ("group", 16)).Node("Relu", "b -> r").Node("Conv", "r v -> y").Output("y");

    [Fact]
    public void Node_that_is_slow_as_integers_stays_float_where_that_saves_more_than_the_conversions_cost()
    {
        Placement placement = Place(Sandwich(), Table(point: (9000, 1000), depthwise: (1000, 4000), conversion: 1000));

        Assert.Equal(["Conv_a", "Conv_y"], Integer(placement));
    }

    [Fact]
    public void Node_that_is_slow_as_integers_stays_integer_where_conversions_would_cost_more()
    {
        Placement placement = Place(Sandwich(), Table(point: (9000, 1000), depthwise: (1000, 4000), conversion: 2000));

        Assert.Equal(["Conv_a", "Conv_b", "Conv_y"], Integer(placement));
    }

    [Fact]
    public void Reason_tells_both_times_and_where_they_come_from()
    {
        Graph graph = Typed(Sandwich());
        Placement measured = Placement.Of(graph, BuiltInProfiles.X64Vnni, _ => null, Costs(Table(point: (9000, 1000), depthwise: (1000, 14000), conversion: 1000)));
        Placement estimated = Placement.Of(graph, BuiltInProfiles.X64Vnni, _ => null, Costs(Table(point: (9000, 1000), depthwise: (1000, 14000), conversion: 1000) with { IsMeasured = false }));
        Node node = graph.Nodes.Single(n => n.Name == "Conv_b");

        Assert.Equal("float32 is faster here: 1.0 µs against 14 µs measured", measured.Reason(node));
        Assert.Equal("float32 is faster here: 1.0 µs against 14 µs estimated", estimated.Reason(node));
    }

    [Fact]
    public void Layer_that_saves_less_than_its_conversions_cost_stays_float_and_says_so()
    {
        Graph graph = Typed(new ModelBuilder().Input("x", "N", 16, 8, 8).Weight("w", 16, 16, 1, 1).Node("Conv", "x w -> y").Output("y"));

        Placement placement = Placement.Of(graph, BuiltInProfiles.X64Vnni, _ => null, Costs(Table(point: (3000, 2000), depthwise: default, conversion: 1000)));

        Assert.Empty(placement.Integer);
        Assert.Equal("converting its values would cost more than integers save here: 3.0 µs against 2.0 µs measured", placement.Reason(graph.Nodes[0]));
    }

    [Fact]
    public void Equal_costs_leave_float32()
    {
        Assert.Empty(Place(Sandwich(), Table(point: (1000, 1000), depthwise: (1000, 1000), conversion: 0)).Integer);
    }

    [Fact]
    public void Value_is_converted_once_for_all_its_readers()
    {
        // Two layers read x: each saves 1.5 µs, the conversion of x costs 2 µs, and those of the results nothing, since they are matrices.
        static ModelBuilder Pair(bool both) => (both ? new ModelBuilder().Input("x", 2, 16).Weight("w", 16, 16).Weight("v", 16, 16).Node("MatMul", "x w -> a").Node("MatMul", "x v -> b").Output("a").Output("b")
            : new ModelBuilder().Input("x", 2, 16).Weight("w", 16, 16).Node("MatMul", "x w -> a").Output("a"));
        CostTable table = Table(point: (2500, 900), depthwise: default, conversion: 2000);

        Assert.Equal(["MatMul_a", "MatMul_b"], Integer(Place(Pair(both: true), table)));
        Assert.Empty(Place(Pair(both: false), table).Integer);
    }

    [Fact]
    public void Sum_that_disappears_into_a_float_convolution_keeps_it_float()
    {
        // The sum costs nothing behind a float32 layer, and 3 µs behind an integer one, as integers or not.
        ModelBuilder model = new ModelBuilder().Input("x", "N", 16, 8, 8).Weight("w", 16, 16, 1, 1).Node("Conv", "x w -> a").Node("Tanh", "x -> t").Node("Add", "a t -> s").Output("s");

        Assert.Empty(Place(model, Table(point: (4000, 1000), depthwise: default, conversion: 100)).Integer);
        Assert.Equal(["Conv_a"], Integer(Place(model, Table(point: (7000, 1000), depthwise: default, conversion: 100))));
    }

    [Fact]
    public void Node_that_the_user_keeps_stays_float_with_the_users_reason_whatever_it_costs()
    {
        Graph graph = Typed(Sandwich());

        Placement placement = Placement.Of(
            graph, BuiltInProfiles.X64Vnni, n => n.Name == "Conv_a" ? "kept by KeepFloat" : null, Costs(Table(point: (9000, 1000), depthwise: (9000, 1000), conversion: 10)));

        Assert.Equal(["Conv_b", "Conv_y"], Integer(placement));
        Assert.Equal("kept by KeepFloat", placement.Reason(graph.Nodes[0]));
    }

    [Fact]
    public void Sizes_of_a_sample_decide_where_the_model_leaves_them_open()
    {
        Graph graph = Typed(new ModelBuilder().Input("x", "N", 16, "H", "W").Weight("w", 16, 16, 1, 1).Node("Conv", "x w -> a").Node("Relu", "a -> y").Output("y"));
        CostTable table = Table(point: default, depthwise: default, conversion: 3000) with
        {
            Float32 = Kernels(new KernelCost { Output = 10 }, new KernelCost()),
            Int8 = Kernels(new KernelCost { Output = 1 }, new KernelCost()),
        };

        Assert.Empty(Placed(4));
        Assert.Equal(["Conv_a"], Placed(40));

        string[] Placed(long size) => Integer(Placement.Of(
            graph, BuiltInProfiles.X64Vnni, _ => null, new PlacementCosts(new CostModel(table, new ValueSizes(_ => Shape.Of([1, 16, size, size]))), null)));
    }

    [Theory]
    [InlineData(100_000, 0)]
    [InlineData(10_000, 1)]
    public void Integers_that_save_less_of_the_whole_model_than_is_known_of_its_time_do_not_pay(double rest, int integers)
    {
        // The point convolution saves 2 µs less two conversions of 0.5 µs; the depthwise one has no fast kernel and takes the rest.
        Graph graph = Typed(new ModelBuilder().Input("x", "N", 16, 8, 8).Weight("w", 16, 16, 1, 1).Weight("d", 16, 1, 3, 3).Node("Conv", "x w -> a").Node("Conv", "a d -> y", ("group", 16)).Output("y"));

        Placement placement = Placement.Of(graph, BuiltInProfiles.X64Vnni, _ => null, Costs(Table(point: (3000, 1000), depthwise: (rest, 2 * rest), conversion: 500)));

        Assert.Equal(integers, placement.Integer.Count);
        Assert.Equal(integers == 0 ? "all integers together would save 1.0 % of the model's time, which is less than is known of it" : null, placement.Reason(graph.Nodes[0]));
    }

    [Theory]
    [InlineData(2500, 0)]
    [InlineData(2080, 1)]
    public void Integers_that_lose_on_one_of_the_processors_of_a_mean_do_not_pay(double there, int integers)
    {
        // Two conversions of 0.5 µs beside it; 3 µs → 1 µs on the other processor.
        Placement placement = Placement.Of(OnePoint(), BuiltInProfiles.X64Vnni, _ => null, Costs(MeanOf(
            Table(point: (3000, 1000), depthwise: default, conversion: 500),
            Table(point: (3000, there), depthwise: default, conversion: 500))));

        Assert.Equal(integers, placement.Integer.Count);
    }

    [Fact]
    public void Nor_where_they_save_so_much_elsewhere_that_the_loss_weighs_nothing_beside_it()
    {
        Graph graph = OnePoint();

        Placement placement = Placement.Of(graph, BuiltInProfiles.X64Vnni, _ => null, Costs(MeanOf(
            Table(point: (300_000, 100_000), depthwise: default, conversion: 500),
            Table(point: (3000, 2500), depthwise: default, conversion: 500))));

        Assert.Empty(placement.Integer);
        Assert.Equal("all integers together would save 65.5 % of the model's time in the mean of the processors it is for, and take 16.7 % more on one of them", placement.Reason(graph.Nodes[0]));
    }

    [Fact]
    public void Layers_that_are_faster_on_each_processor_stay_integers_where_others_lose_on_one()
    {
        // All integers take 8 µs of 6 on the second processor. In the mean both layers gain; with the second one weighing more, the depthwise one does not.
        Graph graph = Typed(new ModelBuilder().Input("x", "N", 16, 8, 8).Weight("w", 16, 16, 1, 1).Weight("d", 16, 1, 3, 3).Node("Conv", "x w -> a").Node("Conv", "a d -> y", ("group", 16)).Output("y"));

        Placement placement = Placement.Of(graph, BuiltInProfiles.X64Vnni, _ => null, Costs(MeanOf(
            Table(point: (3000, 1000), depthwise: (8000, 1000), conversion: 100),
            Table(point: (3000, 2000), depthwise: (3000, 6000), conversion: 100))));

        Assert.Equal(["Conv_a"], Integer(placement));
    }

    [Fact]
    public void Profile_without_a_table_takes_integers_wherever_it_can()
    {
        Assert.Null(PlacementCosts.Of(BuiltInProfiles.X64Vnni with { Costs = null }, new Graph("g"), null, null));
        Assert.Equal(["Conv_a", "Conv_b", "Conv_y"], Integer(Placement.Of(Typed(Sandwich()), BuiltInProfiles.X64Vnni, _ => null)));
    }

    private static Placement Place(ModelBuilder model, CostTable table) => Placement.Of(Typed(model), BuiltInProfiles.X64Vnni, _ => null, Costs(table));

    private static PlacementCosts Costs(CostTable table) => new(new CostModel(table, new ValueSizes()), null);

    private static Graph OnePoint() => Typed(new ModelBuilder().Input("x", "N", 16, 8, 8).Weight("w", 16, 16, 1, 1).Node("Conv", "x w -> y").Output("y"));

    private static CostTable MeanOf(CostTable one, CostTable other) => (one with { Parts = [one, other] }).Mean([0.5, 0.5]);

    private static string[] Integer(Placement placement) => [.. placement.Integer.Select(n => n.Name).Order(StringComparer.Ordinal)];

    private static Graph Typed(ModelBuilder model)
    {
        OnnxModel built = model.Build();
        new ShapeInference(new OrtInference()).Apply(built, []);
        return built.Graph;
    }

    private static CostTable Table((double Float32, double Int8) point, (double Float32, double Int8) depthwise, double conversion) => new()
    {
        Name = "made up",
        Method = "for tests",
        IsMeasured = true,
        Float32 = Kernels(new KernelCost { Node = point.Float32 }, new KernelCost { Node = depthwise.Float32 }),
        Int8 = Kernels(new KernelCost { Node = point.Int8 }, new KernelCost { Node = depthwise.Int8 }),
        Quantize = Conversion(conversion),
        Dequantize = Conversion(conversion),
    };

    private static ConversionCosts Conversion(double cost) => new() { Image = new KernelCost { Node = cost }, Flat = new KernelCost { Node = cost } };

    /// <summary>Layers as given; all else 3 µs.</summary>
    private static Dictionary<KernelKind, KernelCost> Kernels(KernelCost point, KernelCost depthwise) => Enum.GetValues<KernelKind>().ToDictionary(k => k, k => k switch
    {
        KernelKind.PointConv or KernelKind.Product => point,
        KernelKind.DepthwiseConv => depthwise,
        _ => new KernelCost { Node = 3000 },
    });
}
