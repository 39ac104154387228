using System.Globalization;
using CsCheck;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>Runs a property over random graphs. QUANT_TEST_GRAPHS is the number of graphs of each property for a longer run.</summary>
internal static class RandomRuns
{
    public static void Sample(int count, int lowestOpset, int highestOpset, Action<GraphProgram> property)
    {
        string? wanted = Environment.GetEnvironmentVariable("QUANT_TEST_GRAPHS");
        long iterations = wanted is null ? count : long.Parse(wanted, CultureInfo.InvariantCulture);
        GraphProgram.Of(lowestOpset, highestOpset).Sample(program => Reduction.Check(program, property), iter: iterations, print: p => p.ToString());
    }
}
