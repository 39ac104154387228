using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning.Costs;

namespace QuantBuildTasks.Engine.Search.Noise;

/// <summary>Measured noise at a price: the share of time or size that a noise power as large as the signal is worth.</summary>
/// <param name="noise">What was measured.</param>
/// <param name="price">The price.</param>
/// <param name="time">ns of a plan of which shares are taken.</param>
/// <param name="bytes">Bytes of an artifact of which shares are taken.</param>
internal sealed class PricedNoise(PlanNoise noise, double price, double time, double bytes) : INoisePrice
{
    private readonly ILookup<string, StoredWeight> _weightsOf = noise.StoredWeights.SelectMany(w => w.Format.Readers.Select(r => (Reader: r, Weight: w))).ToLookup(w => w.Reader, w => w.Weight, StringComparer.Ordinal);

    /// <summary>Whether a weight that is not computed with as integers is worth more than 8 bits.</summary>
    public bool IsFine(StoredWeight weight) => price * weight.Noise > weight.Format.FineGrowth / bytes;

    public double OfInteger(Node node) => Nanoseconds(noise.OfWeight(node.DisplayName));

    public double OfFloat32(Node node)
    {
        // A weight with several readers is stored for the others, whatever this one does.
        double told = _weightsOf[node.DisplayName].Where(w => w.Format.Readers.Count == 1).Sum(w => Math.Min(Nanoseconds(w.Noise), time * w.Format.FineGrowth / bytes));
        return told + (noise.StoredWeights.Count > 0 ? 0 : Nanoseconds(noise.ShareOfStored(node.DisplayName)));
    }

    public double OfValue(Value value, bool forAll) => Nanoseconds(noise.OfTensor(value.Name, forAll));

    private double Nanoseconds(double power) => double.IsFinite(power) ? price * power * time : double.MaxValue;
}
