using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference.Emulation;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Pipeline.Emulation;

/// <summary>Finds what is needed to run a profile's arithmetic here: an emulator, and a scoring program for its architecture.</summary>
/// <param name="settings">What the user wants.</param>
/// <param name="host">This machine.</param>
/// <param name="root">Makes the root folder of an emulated program out of the folder of its libraries.</param>
internal sealed class EmulatorSearch(EmulationSettings settings, EmulationHost host, Func<string, string> root)
{
    /// <summary>
    /// JIT compilation in steps, a second thread for garbage collection and pages that change their rights are what user-mode emulation handles
    /// worst: without these a start under qemu 7.2 can end in a segmentation fault.
    /// </summary>
    private static readonly Dictionary<string, string> CalmRuntime = new()
    {
        ["DOTNET_TieredCompilation"] = "0",
        ["DOTNET_TieredPGO"] = "0",
        ["DOTNET_gcConcurrent"] = "0",
        ["DOTNET_EnableWriteXorExecute"] = "0",
        ["DOTNET_EnableDiagnostics"] = "0",
    };

    /// <summary>The program to start; or null, and a sentence that says what is missing.</summary>
    /// <exception cref="QuantException">QBT5007: the emulator that the user names cannot be used.</exception>
    public (ScoringProgram? Program, string? Missing) Find(HardwareProfile profile)
    {
        if (string.Equals(settings.Emulator, EmulationSettings.Off, StringComparison.OrdinalIgnoreCase))
        {
            return (null, null);
        }

        if (profile.Emulation is not { } emulation)
        {
            return (null, "no emulator of its processors is known");
        }

        if (!host.IsLinux)
        {
            return (null, "user-mode emulation needs Linux (on Windows, build in WSL or a container)");
        }

        if (Emulator(emulation) is not { } emulator)
        {
            return (null, $"there is no {emulation.Emulator} on the path; install qemu-user (Debian, Ubuntu: qemu-user-static), or set QuantEmulator");
        }

        return emulation.RuntimeIdentifier == host.RuntimeIdentifier ? SameArchitecture(emulator, emulation) : OtherArchitecture(emulator, emulation);
    }

    /// <summary>The scoring program beside the worker runs on the machine's own .NET, which the emulator loads.</summary>
    private (ScoringProgram? Program, string? Missing) SameArchitecture(string emulator, ProfileEmulation emulation)
    {
        string scorer = Path.Combine(host.WorkerDirectory, "quant-score.dll");
        return !File.Exists(scorer) ? (null, $"the scoring program '{scorer}' is missing")
            : host.DotNet is not { } dotnet ? (null, "the .NET host was not found")
            : (new ScoringProgram(emulator, [.. Cpu(emulation), dotnet, "exec", scorer], CalmRuntime, Describe(emulation)), null);
    }

    private (ScoringProgram? Program, string? Missing) OtherArchitecture(string emulator, ProfileEmulation emulation)
    {
        if (settings.Directory is not { } directory)
        {
            return (null, $"the scoring program for {emulation.RuntimeIdentifier} is not there; reference the package QuantBuildTasks.Emulation");
        }

        string scorer = Path.Combine(directory, emulation.RuntimeIdentifier, "quant-score");
        if (!File.Exists(scorer))
        {
            return (null, $"the scoring program '{scorer}' is missing");
        }

        string libraries = host.LibraryPrefix ?? $"/usr/{emulation.Triplet}";
        return Directory.Exists(libraries)
            ? (new ScoringProgram(emulator, ["-L", root(libraries), .. Cpu(emulation), scorer], CalmRuntime, Describe(emulation)), null)
            : (null, $"there are no libraries for it in {libraries} (Debian, Ubuntu: libc6-arm64-cross and libstdc++6-arm64-cross); install them, or set QEMU_LD_PREFIX");
    }

    private string? Emulator(ProfileEmulation emulation)
    {
        string[] names = [emulation.Emulator, emulation.Emulator + "-static"];
        if (settings.Emulator is not { } asked)
        {
            return FirstIn(host.SearchPath, names);
        }

        string? file = Path.GetFileName(asked) == asked ? FirstIn(host.SearchPath, [asked]) : File.Exists(asked) ? asked : null;
        if (file is not null && Path.GetFileName(file).StartsWith("qemu-", StringComparison.Ordinal))
        {
            // One program emulates one architecture: the other profiles look on the path.
            return Path.GetFileName(file).StartsWith(emulation.Emulator, StringComparison.Ordinal) ? file : FirstIn(host.SearchPath, names);
        }

        return Directory.Exists(asked) ? FirstIn([asked], names) : throw QuantException.Error(
            Codes.EmulatorUnusable,
            $"QuantEmulator is \"{asked}\", which is neither an emulator of qemu nor a folder of such. Name one, for example /usr/bin/{emulation.Emulator}, or \"none\".");
    }

    private static string? FirstIn(IEnumerable<string> folders, string[] names) =>
        folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    private static string[] Cpu(ProfileEmulation emulation) => emulation.Cpu is { } cpu ? ["-cpu", cpu] : [];

    private static string Describe(ProfileEmulation emulation) => string.Join(' ', [emulation.Emulator, .. Cpu(emulation)]);
}

/// <summary>What the search needs to know of the machine.</summary>
internal sealed record EmulationHost
{
    public required bool IsLinux { get; init; }

    /// <summary>Of this process: <c>linux-x64</c>.</summary>
    public required string RuntimeIdentifier { get; init; }

    /// <summary>Where the worker's assemblies lie.</summary>
    public required string WorkerDirectory { get; init; }

    /// <summary>The program <c>dotnet</c> that belongs to the runtime of this process.</summary>
    public required string? DotNet { get; init; }

    /// <summary>The folders of PATH.</summary>
    public required IReadOnlyList<string> SearchPath { get; init; }

    /// <summary>QEMU_LD_PREFIX, by which the user says where libraries of other architectures lie.</summary>
    public required string? LibraryPrefix { get; init; }

    public static EmulationHost Current { get; } = new()
    {
        IsLinux = OperatingSystem.IsLinux(),
        RuntimeIdentifier = $"linux-{HostProcessor.Current.Architecture}",
        WorkerDirectory = AppContext.BaseDirectory,
        DotNet = FindDotNet(),
        SearchPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        LibraryPrefix = Environment.GetEnvironmentVariable("QEMU_LD_PREFIX") is { Length: > 0 } prefix ? prefix : null,
    };

    /// <summary>A runtime lies in <c>shared/Microsoft.NETCore.App/version</c> below its host.</summary>
    private static string? FindDotNet()
    {
        string host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));
        return File.Exists(host) ? host : null;
    }
}
