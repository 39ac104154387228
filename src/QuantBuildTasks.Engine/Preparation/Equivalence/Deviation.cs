using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Preparation.Equivalence;

/// <summary>What a rewrite did to the results.</summary>
/// <param name="Difference">By <see cref="OutputDifference"/>; infinite where the rewritten model does not run at all.</param>
/// <param name="Text">For the user, as the end of a sentence: <c>changed output 'y' by …</c>.</param>
internal sealed record Deviation(double Difference, string Text)
{
    public static Deviation Of(string output, double difference, Fidelity keeps) => new(
        difference,
        string.Create(CultureInfo.InvariantCulture, $"changed output '{output}' by {difference:0.###e+0} of its largest value (allowed: {keeps.Tolerance:0.###e+0})"));

    public static Deviation Refused(Diagnostic diagnostic) => new(double.PositiveInfinity, $"gave a model that does not run ({diagnostic.Text})");
}
