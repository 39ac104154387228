using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace QuantBuildTasks.Kernels;

/// <summary>Times the kernels of calibration and rounding, each beside a scalar loop that says the same in a few lines.</summary>
internal static class Program
{
    public static void Main(string[] args)
    {
        // In this process: a build for each kernel would take longer than all of them. Nine times each: of three, one that another program disturbs makes the ratio.
        IConfig config = DefaultConfig.Instance
            .AddJob(Job.ShortRun.WithIterationCount(9).WithToolchain(InProcessEmitToolchain.Instance))
            .HideColumns(Column.Error, Column.StdDev, Column.RatioSD);
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
    }
}
