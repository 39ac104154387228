using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation;

/// <summary>An equivalent model that is easy to quantize.</summary>
/// <param name="Model">All values of its main graph have types, and shapes where they can be inferred.</param>
/// <param name="Applied">The passes that changed something.</param>
/// <param name="Declines">What the passes left alone, and why.</param>
/// <param name="Checked">Whether both models were run and compared; false where no inputs were found on which the model runs.</param>
/// <param name="Diagnostics">QBT9003, a warning, for each pass that was left out because it changed the result.</param>
internal sealed record PreparedModel(
    OnnxModel Model,
    IReadOnlyList<string> Applied,
    IReadOnlyList<Decline> Declines,
    bool Checked,
    IReadOnlyList<Diagnostic> Diagnostics);
