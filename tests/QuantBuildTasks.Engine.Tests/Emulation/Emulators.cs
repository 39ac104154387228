using QuantBuildTasks.Engine.Inference.Emulation;
using QuantBuildTasks.Engine.Pipeline.Emulation;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Tests.Emulation;

/// <summary>
/// The emulators of this machine. A test that needs one is skipped where it is missing, unless QUANT_TEST_EMULATORS=1 says that it must be there.
/// </summary>
internal sealed class Emulators : IDisposable
{
    private readonly ForeignRoot _root = new();

    public static bool Required => Environment.GetEnvironmentVariable("QUANT_TEST_EMULATORS") == "1";

    /// <summary>The scoring program of this machine's architecture, without an emulator.</summary>
    public static ScoringProgram Unemulated => new(EmulationHost.Current.DotNet!, ["exec", Path.Combine(AppContext.BaseDirectory, "quant-score.dll")], new Dictionary<string, string>(), "no emulator");

    public EmulatedInference Inference(HardwareProfile profile)
    {
        // The environment variable names the unpacked package for other architectures.
        var settings = new EmulationSettings { Directory = Environment.GetEnvironmentVariable("QUANT_TEST_SCORERS") };
        (ScoringProgram? program, string? missing) = new EmulatorSearch(settings, EmulationHost.Current, _root.Of).Find(profile);
        if (program is null)
        {
            Assert.SkipUnless(Required, missing!);
            Assert.Fail(missing!);
        }

        return new EmulatedInference(program, TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken);
    }

    public void Dispose() => _root.Dispose();
}
