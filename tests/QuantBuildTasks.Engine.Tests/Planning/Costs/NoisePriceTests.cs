using CsCheck;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Preparation.Folding;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Tests.Planning.Costs;

/// <summary>Two layers, the product of what both give (which hands on the roundings that it reads), and a layer behind it: all labels are tried.</summary>
public sealed class NoisePriceTests
{
    private static readonly string[] Nodes = ["Conv_a", "Conv_b", "Mul_s", "Conv_y"];

    /// <summary>Each value with the node that gives it and those that read it.</summary>
    private static readonly (string Name, string? Giver, string[] Readers)[] Values =
        [("x", null, ["Conv_a"]), ("a", "Conv_a", ["Conv_b", "Mul_s"]), ("b", "Conv_b", ["Mul_s"]), ("s", "Mul_s", ["Conv_y"]), ("y", "Conv_y", [])];

    private static Gen<long[]> Numbers(int count) => Gen.Long[0, 5000].Array[count];

    [Fact]
    public void No_other_choice_of_layers_has_less_time_and_noise_together() => Gen.Select(Numbers(3), Numbers(4), Numbers(4), Numbers(5), Numbers(5)).Sample((times, integer, float32, layers, more) =>
    {
        Graph graph = Typed();
        var price = new Price(
            n => integer[Array.IndexOf(Nodes, n)],
            n => float32[Array.IndexOf(Nodes, n)],
            (v, forAll) => layers[Place(v)] + (forAll ? more[Place(v)] : 0));
        CostTable table = Table(times[0] + 2000, times[1], times[2] / 3);
        var costs = new PlacementCosts(new CostModel(table, new ValueSizes()), price);
        Placement all = Placement.Of(graph, BuiltInProfiles.X64Vnni, _ => null);

        IEnumerable<string> better = Labelling.BetterFloat(graph.Nodes, all, costs).Select(n => n.Name);

        HashSet<string> chosen = [.. Nodes.Except(better)];
        double least = Enumerable.Range(0, 16).Min(bits => Cost([.. Nodes.Where((_, i) => (bits >> i & 1) != 0)]));

        // The cut counts whole nanoseconds, and one for each rounding.
        Assert.InRange(Cost(chosen), least, least + 30);

        double Cost(HashSet<string> labels)
        {
            double sum = Nodes.Sum(n => labels.Contains(n)
                ? (1.05 * (n == "Mul_s" ? 3000 : times[1])) + price.Integer(n)
                : (n == "Mul_s" ? 3000 : times[0] + 2000) + price.Float32(n));
            foreach ((string name, string? giver, string[] readers) in Values)
            {
                bool isGiven = giver is not null && labels.Contains(giver);
                bool isRead = readers.Any(labels.Contains);
                sum += isGiven == isRead && readers.All(r => labels.Contains(r) == isGiven) ? 0 : isGiven || isRead ? times[2] / 3 : 0;
                sum += isGiven || (isRead && readers.Any(r => r == "Mul_s" && labels.Contains(r))) ? price.Value(name, true) : isRead ? price.Value(name, false) : 0;
            }

            return sum;
        }
    });

    [Fact]
    public void Sum_leaves_integers_alone_where_the_noise_that_it_hands_on_is_dear()
    {
        Graph graph = Typed();
        CostTable table = Table(20_000, 1000, 500);
        var price = new Price(_ => 0, _ => 0, (v, forAll) => v is "a" or "s" && forAll ? 8000 : 0);

        Placement free = Placement.Of(graph, BuiltInProfiles.X64Vnni, _ => null, new PlacementCosts(new CostModel(table, new ValueSizes()), null));
        Placement priced = Placement.Of(graph, BuiltInProfiles.X64Vnni, _ => null, new PlacementCosts(new CostModel(table, new ValueSizes()), price));

        Assert.Equal(Nodes.Order(StringComparer.Ordinal), free.Integer.Select(n => n.Name).Order(StringComparer.Ordinal));
        Assert.Equal(["Conv_a", "Conv_b", "Conv_y"], priced.Integer.Select(n => n.Name).Order(StringComparer.Ordinal));
    }

    private static int Place(string value) => Array.FindIndex(Values, v => v.Name == value);

    private static Graph Typed()
    {
        OnnxModel model = new ModelBuilder().Input("x", "N", 16, 8, 8).Weight("w", 16, 16, 1, 1).Weight("v", 16, 16, 1, 1).Weight("u", 16, 16, 1, 1)
            .Node("Conv", "x w -> a").Node("Conv", "a v -> b").Node("Mul", "a b -> s").Node("Conv", "s u -> y").Output("y").Build();
        new ShapeInference(new OrtInference()).Apply(model, []);
        return model.Graph;
    }

    private static CostTable Table(double float32, double int8, double conversion) => new()
    {
        Name = "made up",
        Method = "for tests",
        Float32 = Kernels(float32),
        Int8 = Kernels(int8),
        Quantize = Conversion(conversion),
        Dequantize = Conversion(conversion),
    };

    private static ConversionCosts Conversion(double cost) => new() { Image = new KernelCost { Node = cost }, Flat = new KernelCost { Node = cost } };

    /// <summary>Layers as given; all else 3 µs.</summary>
    private static Dictionary<KernelKind, KernelCost> Kernels(double point) => Enum.GetValues<KernelKind>().ToDictionary(k => k, k => new KernelCost { Node = k == KernelKind.PointConv ? point : 3000 });

    private sealed record Price(Func<string, double> Integer, Func<string, double> Float32, Func<string, bool, double> Value) : INoisePrice
    {
        public double OfInteger(Node node) => Integer(node.Name);

        public double OfFloat32(Node node) => Float32(node.Name);

        public double OfValue(Value value, bool forAll) => Value(value.Name, forAll);
    }
}
