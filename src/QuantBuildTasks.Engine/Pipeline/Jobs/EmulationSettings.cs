namespace QuantBuildTasks.Engine.Pipeline.Jobs;

/// <summary>How the user wants other processors to be emulated.</summary>
internal sealed record EmulationSettings
{
    /// <summary>An emulator's path, a folder that holds emulators, or <see cref="Off"/>; null: whatever is on the path.</summary>
    public string? Emulator { get; init; }

    /// <summary>Where the package QuantBuildTasks.Emulation keeps scoring programs for other architectures, a folder for each runtime identifier; null: the package is not there.</summary>
    public string? Directory { get; init; }

    /// <summary>How many samples may be scored for each variant.</summary>
    public int Samples { get; init; } = 400;

    /// <summary>About how long scoring may take for each variant: a build is not a benchmark.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The word for «do not emulate».</summary>
    public const string Off = "none";
}
