using CsCheck;
using QuantBuildTasks.Engine.Pipeline.Variants;
using QuantBuildTasks.Engine.Search;

namespace QuantBuildTasks.Engine.Tests.Search;

public sealed class ChainTests
{
    [Fact]
    public void Layers_follow_in_the_order_of_the_price_at_which_they_pay()
    {
        IReadOnlyList<PrecisionMix> steps = Chain.Of(At(("dear", 40), ("cheap", 2), ("middle", 5)), noise: 1);

        Assert.Equal(["", "cheap", "cheap middle", "cheap dear middle"], steps.Select(Text));
    }

    [Fact]
    public void Prices_are_measured_by_the_noise_of_the_fastest_plan()
    {
        // The same model with a thousandth of the noise: prices are a thousand times as high.
        IReadOnlyList<PrecisionMix> steps = Chain.Of(At(("dear", 40_000), ("cheap", 2000)), noise: 0.001);

        Assert.Equal(["", "cheap", "cheap dear"], steps.Select(Text));
    }

    [Fact]
    public void What_was_more_exact_at_a_lower_price_stays_so()
    {
        // Rules of placement can make an integer of a node again when its neighbour leaves.
        IReadOnlyList<PrecisionMix> steps = Chain.Of(price => price < 2 ? Mix("a") : price < 30 ? Mix("b") : Mix("b", "c"), noise: 1);

        Assert.Equal(["", "a", "a b", "a b c"], steps.Select(Text));
    }

    [Fact]
    public void Weights_are_steps_like_layers()
    {
        IReadOnlyList<PrecisionMix> steps = Chain.Of(price => price < 3 ? PrecisionMix.None : new PrecisionMix { FineWeights = new HashSet<string> { "w" } }, noise: 1);

        Assert.Equal([0, 1], steps.Select(s => s.FineWeights.Count));
    }

    [Fact]
    public void Each_layer_has_a_step_of_its_own_where_prices_are_a_tenth_apart() => Gen.Double[-2, 6].Array[1, 8].Sample(exponents =>
    {
        double[] apart = [.. exponents.Order().Aggregate(new List<double>(), (kept, e) => kept.Count == 0 || e - kept[^1] > Math.Log10(1.1) ? [.. kept, e] : kept)];

        IReadOnlyList<PrecisionMix> steps = Chain.Of(At([.. apart.Select((e, i) => ($"{i}", Math.Pow(10, e)))]), noise: 1);

        Assert.Equal(apart.Length + 1, steps.Count);
    });

    private static Func<double, PrecisionMix> At(params (string Node, double Price)[] layers) => price => Mix([.. layers.Where(l => price > l.Price).Select(l => l.Node)]);

    private static PrecisionMix Mix(params string[] computing) => new() { Computing = computing.ToDictionary(n => n, _ => "") };

    private static string Text(PrecisionMix mix) => string.Join(' ', mix.Computing.Keys.Order(StringComparer.Ordinal));
}
