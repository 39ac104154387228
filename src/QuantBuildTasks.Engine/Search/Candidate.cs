using QuantBuildTasks.Engine.Pipeline.Variants;

namespace QuantBuildTasks.Engine.Search;

/// <summary>A variant that was made and measured on the held-out samples.</summary>
/// <param name="Made">The variant.</param>
/// <param name="Noise">Noise power ÷ signal power at each output that counts.</param>
/// <param name="Measure">What decides.</param>
internal sealed record Candidate(MadeVariant Made, IReadOnlyList<double> Noise, ChainMeasure Measure)
{
    public double SqnrDb => ChainStep.Db(Measure.Noise);
}
