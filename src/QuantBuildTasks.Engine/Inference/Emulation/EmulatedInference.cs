using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Inference.Emulation;

/// <summary>ONNX Runtime's CPU execution provider on another processor: each session is a process of its own under an emulator, on one thread, and slow.</summary>
/// <param name="program">How that process is started.</param>
/// <param name="patience">How long it may take to answer before it counts as hanging.</param>
/// <param name="cancellation">Ends a process that is at work.</param>
internal sealed class EmulatedInference(ScoringProgram program, TimeSpan patience, CancellationToken cancellation) : IInference
{
    /// <summary>Opens a model with the entries of <paramref name="settings"/>; what else they say is for sessions of this process.</summary>
    /// <exception cref="QuantException">QBT1004: ONNX Runtime refuses the model. QBT5008: the program does not start, ends or hangs.</exception>
    /// <exception cref="ArgumentException">The model has weights outside, which the process does not see.</exception>
    public IInferenceSession Open(StoredModel model, SessionSettings settings)
    {
        if (!model.IsWhole)
        {
            throw new ArgumentException("The weights lie outside of the model.", nameof(model));
        }

        var process = ScoringProcess.Start(program, patience, cancellation);
        try
        {
            return EmulatedSession.Open(process, model.Graph, settings.Configuration);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }
}
