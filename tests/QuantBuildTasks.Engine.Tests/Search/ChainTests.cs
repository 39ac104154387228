using CsCheck;
using QuantBuildTasks.Engine.Search;

namespace QuantBuildTasks.Engine.Tests.Search;

public sealed class ChainTests
{
    [Fact]
    public void Layers_follow_by_the_noise_that_they_take_away_for_their_cost()
    {
        var chain = new Chain([Layer("dear", 0.4, 1), Layer("cheap", 0.1, 1), Layer("loud", 0.4, 8)]);

        Assert.Equal(["loud", "cheap", "dear"], chain.Taken(3).Select(i => i.Nodes[0]));
        Assert.Equal(["loud"], chain.Mix(1).Computing.Keys);
        Assert.Empty(chain.Mix(0).Computing);
    }

    [Fact]
    public void Layer_that_takes_no_noise_away_comes_last()
    {
        var chain = new Chain([Layer("silent", 0.01, 0), Layer("harmful", 0.01, -1), Layer("dear", 100, 0.1)]);

        Assert.Equal("dear", chain.Taken(1).Single().Nodes[0]);
        Assert.Equal(4, chain.Count);
    }

    [Fact]
    public void Weight_that_pays_before_its_layer_follows_with_it()
    {
        // Alone the weight pays at 0.01, its layer at 0.5, both together at 0.41 / 2 = 0.205; the other at 0.3.
        var chain = new Chain([Layer("a", 0.4, 0.8), Weight("a", 0.012, 1.2), Layer("b", 0.3, 1)]);

        Assert.Equal(3, chain.Count);
        Assert.Equal(["a"], chain.Mix(1).Computing.Keys);
        Assert.Equal(["a"], chain.Mix(1).FineWeights);
    }

    [Fact]
    public void Weight_of_a_layer_that_cannot_be_integer_waits_for_none()
    {
        var chain = new Chain([Layer("a", 0.4, 0.8), Weight("lstm", 0.01, 1)]);

        Assert.Equal(["lstm"], chain.Mix(1).FineWeights);
        Assert.Empty(chain.Mix(1).Computing);
    }

    [Fact]
    public void Every_step_is_the_best_of_all_choices_for_its_cost() => Gen.Select(Gen.Double[0.01, 1], Gen.Double[0.01, 1], Gen.Double[0.01, 1], Gen.Double[0.01, 1]).Array[1, 5].Sample(layers =>
    {
        // Each layer is integer (0), stored (1) or float32 (2): all choices are tried.
        ChainItem[] items = [.. layers.SelectMany((l, i) => (ChainItem[])[Layer($"{i}", l.Item1, l.Item2), Weight($"{i}", l.Item3, l.Item4)])];
        var chain = new Chain(items);

        for (int step = 0; step < chain.Count; step++)
        {
            (double cost, double removed) = Sum(chain.Taken(step));
            Assert.DoesNotContain(Choices(layers.Length), c =>
            {
                (double otherCost, double otherRemoved) = Sum(c.SelectMany((form, i) => items.Skip(2 * i).Take(form)));
                return otherCost < cost - 1e-9 && otherRemoved > removed + 1e-9;
            });
        }
    });

    private static IEnumerable<int[]> Choices(int layers) => layers == 0 ? [[]] : Choices(layers - 1).SelectMany(c => Enumerable.Range(0, 3).Select(form => (int[])[.. c, form]));

    private static (double Cost, double Noise) Sum(IEnumerable<ChainItem> items) => (items.Sum(i => i.Cost), items.Sum(i => i.Noise));

    private static ChainItem Layer(string node, double cost, double noise) => new([node], false, cost, noise);

    private static ChainItem Weight(string node, double cost, double noise) => new([node], true, cost, noise);
}
