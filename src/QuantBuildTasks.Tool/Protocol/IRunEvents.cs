using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;

namespace QuantBuildTasks.Tool.Protocol;

/// <summary>Sees what happens while models are quantized.</summary>
internal interface IRunEvents
{
    void Finding(Diagnostic diagnostic);

    /// <summary>One line for a model and profile.</summary>
    void Result(string line);

    void Progress(string model, QuantProgress progress);
}
