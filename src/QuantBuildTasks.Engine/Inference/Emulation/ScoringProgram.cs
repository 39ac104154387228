namespace QuantBuildTasks.Engine.Inference.Emulation;

/// <summary>How the scoring program is started under an emulator.</summary>
/// <param name="FileName">The emulator.</param>
/// <param name="Arguments">Its options, and then the program that it runs.</param>
/// <param name="Environment">Variables of the process.</param>
/// <param name="Description">Which processor that is, for people: <c>qemu-x86_64 -cpu Haswell</c>.</param>
internal sealed record ScoringProgram(string FileName, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string Description);
