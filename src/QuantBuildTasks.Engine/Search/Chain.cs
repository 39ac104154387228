using QuantBuildTasks.Engine.Pipeline.Variants;

namespace QuantBuildTasks.Engine.Search;

/// <summary>
/// The way from the fastest plan to the most exact one. Noise has a price, and the price rises: at each one the plan that is cheapest together with its noise is the best of all
/// for its cost (Lagrange multipliers for a choice among alternatives: Everett 1963). Prices are found by bisection, where plans on both sides differ.
/// </summary>
internal static class Chain
{
    /// <summary>Prices closer together than this are not told apart.</summary>
    private const double Resolution = 1.08;

    /// <summary>Prices are tried from this on…</summary>
    private const double Least = 1e-3;

    /// <summary>…up to this, ten times as high each time, before they are bisected.</summary>
    private const double Most = 1e7;

    /// <summary>The steps of the way.</summary>
    /// <param name="at">What is left float32, and stored finely, at a price.</param>
    /// <param name="noise">The noise power ÷ signal power of the fastest plan: the unit that prices are multiples of the inverse of.</param>
    /// <returns>Mixes, each with all that those before it have; the first is empty.</returns>
    public static IReadOnlyList<PrecisionMix> Of(Func<double, PrecisionMix> at, double noise)
    {
        double unit = noise is > 0 and < double.PositiveInfinity ? 1 / noise : 1;
        List<PrecisionMix> steps = [PrecisionMix.None];
        double before = Least;
        PrecisionMix mixBefore = at(before * unit);
        Add(mixBefore);
        for (double price = Least * 10; price <= Most; price *= 10)
        {
            PrecisionMix mix = at(price * unit);
            Between(before, mixBefore, price, mix);
            Add(mix);
            (before, mixBefore) = (price, mix);
        }

        return steps;

        void Between(double low, PrecisionMix mixLow, double high, PrecisionMix mixHigh)
        {
            if (high / low < Resolution || Size(mixLow) == Size(mixHigh))
            {
                return;
            }

            double middle = Math.Sqrt(low * high);
            PrecisionMix mix = at(middle * unit);
            Between(low, mixLow, middle, mix);
            Add(mix);
            Between(middle, mix, high, mixHigh);
        }

        // A dearer plan has all that a cheaper one has, but for what rules of placement change: what was once more exact stays so, so that steps come in one order.
        void Add(PrecisionMix mix)
        {
            PrecisionMix together = steps[^1].With(mix);
            if (Size(together) > Size(steps[^1]))
            {
                steps.Add(together);
            }
        }
    }

    private static int Size(PrecisionMix mix) => mix.Computing.Count + mix.FineWeights.Count;
}
