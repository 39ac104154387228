using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Costs.Measuring;

/// <summary>Says on what a table was measured.</summary>
internal static class MachineText
{
    public static string Method() =>
        $"Measured by benchmarks/Costs on {HostProcessor.Current}, ONNX Runtime {HardwareProfile.TestedRuntimeVersion}, one thread, batch 1: differences of long and short chains, smallest of many windows; fitted to the least relative error.";
}
