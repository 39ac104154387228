using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>Runs the float model and a candidate on a batch and compares their first outputs. For one thread; the sessions belong to the caller.</summary>
internal sealed class OutputComparison(IInferenceSession reference, IInferenceSession candidate)
{
    private readonly OutputBuffer _referenceOutput = new();
    private readonly OutputBuffer _candidateOutput = new();

    /// <summary>Compares a batch.</summary>
    /// <param name="inputs">As the models take it.</param>
    /// <param name="range">Which samples it holds.</param>
    /// <param name="metric">Sees both outputs, unless it is SQNR.</param>
    /// <param name="model">What messages call the model.</param>
    /// <returns>Signal and noise of this batch.</returns>
    /// <exception cref="QuantException">QBT1004: the output has no row for each sample, though the metric looks at samples.</exception>
    public SignalNoise Compare(IReadOnlyDictionary<string, Tensor> inputs, SampleRange range, Metric metric, string? model)
    {
        Run(reference, inputs, _referenceOutput);
        Run(candidate, inputs, _candidateOutput);
        if (_referenceOutput.Length != _candidateOutput.Length)
        {
            throw new InvalidOperationException($"The output of the float model has {_referenceOutput.Length} elements, that of the quantized one {_candidateOutput.Length}.");
        }

        if (!metric.Kind.IgnoresRows() && _referenceOutput.Rows != range.Count)
        {
            throw QuantException.Error(
                Codes.ModelUnsupported,
                $"The first output '{reference.Outputs[0].Name}' has {_referenceOutput.Rows} rows for {range.Count} samples, so that nothing can be said of each sample. Use Metric=\"sqnr\".",
                model);
        }

        metric.Add(range, _referenceOutput.Dims, _referenceOutput.Values, _candidateOutput.Values);
        return SignalNoise.Of(_referenceOutput.Values, _candidateOutput.Values);
    }

    private static void Run(IInferenceSession session, IReadOnlyDictionary<string, Tensor> inputs, OutputBuffer output) =>
        session.Run(inputs, (index, dims, bytes) =>
        {
            if (index == 0)
            {
                output.Fill(session.Outputs[0].Type, dims, bytes);
            }
        });
}
