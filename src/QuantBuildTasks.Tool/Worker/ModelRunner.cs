using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Pipeline.Jobs;

namespace QuantBuildTasks.Tool.Worker;

/// <summary>The engine's way through one model; a seam for tests.</summary>
internal delegate QuantResult QuantizeModel(QuantJob job, Action<QuantProgress>? progress, CancellationToken cancellation);

/// <summary>What running one model gave: a result unless it broke, and all findings.</summary>
internal sealed record ModelOutcome(QuantResult? Result, IReadOnlyList<Diagnostic> Findings) : IDisposable
{
    public bool Succeeded => Result is not null && Findings.All(f => f.Severity != Severity.Error);

    public void Dispose() => Result?.Dispose();
}

/// <summary>Runs models so that one that breaks does not keep the others from being tried.</summary>
/// <param name="quantize">The engine.</param>
/// <param name="errors">Where the stack of a defect goes.</param>
internal sealed class ModelRunner(QuantizeModel quantize, TextWriter errors)
{
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public ModelOutcome Run(QuantJob job, Action<QuantProgress>? progress, CancellationToken cancellation)
    {
        try
        {
            QuantResult result = quantize(job, progress, cancellation);
            if (cancellation.IsCancellationRequested)
            {
                result.Dispose();
                throw new OperationCanceledException(cancellation);
            }

            return new ModelOutcome(result, [.. result.Diagnostics.Select(d => d with { File = d.File ?? job.DisplayPath })]);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (QuantException e)
        {
            return new ModelOutcome(null, [e.Diagnostic with { File = job.DisplayPath }]);
        }
        catch (Exception e)
        {
            return new ModelOutcome(null, [Defect.Report(e, job.DisplayPath, errors)]);
        }
    }
}
