using System.Globalization;
using CsCheck;

namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>
/// Runs a property over random graphs, the same ones each time: ONNX Runtime is the oracle, and a graph on which it fails itself must not fail somebody's build. With
/// QUANT_TEST_GRAPHS they are others each time, so many for each property.
/// </summary>
internal static class RandomRuns
{
    public static void Sample(int count, int lowestOpset, int highestOpset, Action<GraphProgram> property)
    {
        Gen<GraphProgram> programs = GraphProgram.Of(lowestOpset, highestOpset);
        if (Environment.GetEnvironmentVariable("QUANT_TEST_GRAPHS") is { } wanted)
        {
            programs.Sample(program => Reduction.Check(program, property), iter: long.Parse(wanted, CultureInfo.InvariantCulture), print: p => p.ToString());
            return;
        }

        var random = new PCG(1, (ulong)count);
        for (int i = 0; i < count; i++)
        {
            Reduction.Check(programs.Generate(random, null, out _), property);
        }
    }
}
