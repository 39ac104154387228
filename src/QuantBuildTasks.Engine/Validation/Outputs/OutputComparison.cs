using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Engine.Validation.Outputs;

/// <summary>A metric and the place of the output that it looks at among those compared.</summary>
internal readonly record struct MeasuredOutput(int Output, Metric Metric);

/// <summary>Runs the float model and a candidate on a batch and compares their outputs. For one thread; the sessions belong to the caller.</summary>
/// <param name="reference">The float model.</param>
/// <param name="candidate">What it became.</param>
/// <param name="outputs">The outputs to compare.</param>
internal sealed class OutputComparison(IInferenceSession reference, IInferenceSession candidate, IReadOnlyList<ComparedOutput> outputs)
{
    private readonly OutputBuffer[] _reference = [.. outputs.Select(_ => new OutputBuffer())];
    private readonly OutputBuffer[] _candidate = [.. outputs.Select(_ => new OutputBuffer())];
    private readonly int[] _referencePlaces = Places(outputs, o => o.Reference);
    private readonly int[] _candidatePlaces = Places(outputs, o => o.Candidate);

    /// <summary>Compares a batch.</summary>
    /// <param name="inputs">As the models take it.</param>
    /// <param name="range">Which samples it holds.</param>
    /// <param name="tallies">For each output, what sees it.</param>
    /// <param name="measured">The metrics.</param>
    /// <param name="model">What messages call the model.</param>
    /// <exception cref="QuantException">
    /// QBT1004: an output has no row for each sample, though its metric looks at samples. QBT1018: an output with a metric has another size in the candidate.
    /// </exception>
    public void Compare(
        IReadOnlyDictionary<string, Tensor> inputs,
        SampleRange range,
        IReadOnlyList<OutputTally> tallies,
        IReadOnlyList<MeasuredOutput> measured,
        string? model)
    {
        Run(reference, inputs, _reference, _referencePlaces);
        Run(candidate, inputs, _candidate, _candidatePlaces);
        foreach ((int output, Metric metric) in measured)
        {
            Check(output, metric, range, model);
            metric.Add(range, _reference[output].Dims, _reference[output].Values, _candidate[output].Values);
        }

        for (int i = 0; i < outputs.Count; i++)
        {
            if (_reference[i].Length == _candidate[i].Length)
            {
                tallies[i].Add(range, _reference[i].Rows, _reference[i].Values, _candidate[i].Values);
            }
            else
            {
                tallies[i].AddDifferent();
            }
        }
    }

    private void Check(int output, Metric metric, SampleRange range, string? model)
    {
        (OutputBuffer x, OutputBuffer y) = (_reference[output], _candidate[output]);
        string name = outputs[output].Port.Name;
        if (x.Length != y.Length)
        {
            throw QuantException.Error(
                Codes.ReferenceMismatch,
                $"The output '{name}' is [{string.Join(", ", x.Dims)}] in the float32 model and [{string.Join(", ", y.Dims)}] in the quantized one, so that they cannot be compared. Name the float32 model that the quantized one was made from, or another output (Metric=\"sqnr:name\").",
                model);
        }

        if (!metric.Kind.IgnoresRows() && x.Rows != range.Count)
        {
            throw QuantException.Error(
                Codes.ModelUnsupported,
                $"The output '{name}' has {x.Rows} rows for {range.Count} samples, so that nothing can be said of each sample. Use Metric=\"sqnr\".",
                model);
        }
    }

    /// <summary>Where an output of a session goes; −1: nowhere.</summary>
    private static int[] Places(IReadOnlyList<ComparedOutput> outputs, Func<ComparedOutput, int> place)
    {
        int[] places = new int[outputs.Select(place).DefaultIfEmpty(-1).Max() + 1];
        Array.Fill(places, -1);
        for (int i = 0; i < outputs.Count; i++)
        {
            places[place(outputs[i])] = i;
        }

        return places;
    }

    private static void Run(IInferenceSession session, IReadOnlyDictionary<string, Tensor> inputs, OutputBuffer[] buffers, int[] places) =>
        session.Run(inputs, (index, dims, bytes) =>
        {
            if (index < places.Length && places[index] >= 0)
            {
                buffers[places[index]].Fill(session.Outputs[index].Type, dims, bytes);
            }
        });
}
