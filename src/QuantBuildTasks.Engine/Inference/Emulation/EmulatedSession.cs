using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Scoring;

namespace QuantBuildTasks.Engine.Inference.Emulation;

/// <summary>A model that is open in a scoring process. One thread at a time may run it.</summary>
internal sealed class EmulatedSession : IInferenceSession
{
    private const int Succeeded = 0;
    private const int Refused = 1;

    private readonly ScoringProcess _process;

    private EmulatedSession(ScoringProcess process, IReadOnlyList<ModelPort> inputs, IReadOnlyList<ModelPort> outputs) =>
        (_process, Inputs, Outputs) = (process, inputs, outputs);

    /// <summary>Names and element types; shapes stay in the process.</summary>
    public IReadOnlyList<ModelPort> Inputs { get; }

    /// <summary>Names and element types; shapes stay in the process.</summary>
    public IReadOnlyList<ModelPort> Outputs { get; }

    /// <summary>Sends a model to a process that has just started.</summary>
    public static EmulatedSession Open(ScoringProcess process, ReadOnlyMemory<byte> model, IReadOnlyDictionary<string, string> configuration) =>
        process.Ask(
            request =>
            {
                request.Int32(configuration.Count);
                foreach ((string key, string value) in configuration)
                {
                    request.Text(key);
                    request.Text(value);
                }

                request.Int64(model.Length);
                request.Bytes(model.Span);
            },
            answer =>
            {
                ThrowIfRefused(answer, "refuses the model");
                return new EmulatedSession(process, Ports(answer), Ports(answer));
            });

    public IReadOnlyList<Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs)
    {
        var outputs = new Tensor[Outputs.Count];
        Run(inputs, (index, dims, bytes) => outputs[index] = Tensor.FromBytes(Outputs[index].Type, dims.ToArray(), bytes.ToArray()));
        return outputs;
    }

    public void Run(IReadOnlyDictionary<string, Tensor> inputs, OutputVisitor visit)
    {
        // Read to their end before they are shown: what the visitor throws is its own, and the next answer starts where it should.
        foreach (Output output in Ask(inputs))
        {
            visit(output.Index, output.Dims, output.Bytes);
        }
    }

    public void Dispose() => _process.Dispose();

    private List<Output> Ask(IReadOnlyDictionary<string, Tensor> inputs) => _process.Ask(
        request =>
        {
            request.Int32(inputs.Count);
            foreach ((string name, Tensor tensor) in inputs)
            {
                request.Text(name);
                request.Int32((int)tensor.Type);
                request.Int32(tensor.Dims.Count);
                foreach (long size in tensor.Dims)
                {
                    request.Int64(size);
                }

                request.Int64(tensor.Bytes.Length);
                request.Bytes(tensor.Bytes.Span);
            }
        },
        answer =>
        {
            ThrowIfRefused(answer, "cannot run the model on this data");
            if (answer.Count() is var count && count != Outputs.Count)
            {
                throw new InvalidDataException($"There are {count} outputs of {Outputs.Count}.");
            }

            var outputs = new List<Output>(count);
            for (int i = 0; i < count; i++)
            {
                var type = (ElementType)answer.Int32();

                // Texts, sequences and maps never come; a tensor always does.
                if (type != ElementType.Undefined || Outputs[i].Type is not (ElementType.Undefined or ElementType.String))
                {
                    outputs.Add(ReadOutput(answer, i, type));
                }
            }

            return outputs;
        });

    private Output ReadOutput(FrameReader answer, int index, ElementType type)
    {
        if (type != Outputs[index].Type)
        {
            throw new InvalidDataException($"Output {index} is of {type} and should be of {Outputs[index].Type}.");
        }

        long[] dims = new long[answer.Count()];
        Int128 bits = type.BitWidth();
        for (int d = 0; d < dims.Length; d++)
        {
            dims[d] = answer.Int64();

            // Beyond what a pipe ever carries it is noise; here it must not overflow either.
            bits = dims[d] is >= 0 and <= int.MaxValue && bits <= long.MaxValue ? bits * dims[d]
                : throw new InvalidDataException($"Output {index} has the size {dims[d]}.");
        }

        long length = answer.Int64();
        return length == (bits + 7) / 8 ? new Output(index, dims, answer.Bytes(length))
            : throw new InvalidDataException($"Output {index} has {length} bytes for [{string.Join(", ", dims)}] of {type}.");
    }

    private static ModelPort[] Ports(FrameReader answer)
    {
        var ports = new ModelPort[answer.Count()];
        for (int i = 0; i < ports.Length; i++)
        {
            ports[i] = new ModelPort(answer.Text(), (ElementType)answer.Int32(), null);
        }

        return ports;
    }

    private static void ThrowIfRefused(FrameReader answer, string what)
    {
        int status = answer.Int32();
        if (status is not (Succeeded or Refused))
        {
            throw new InvalidDataException($"The answer begins with {status}.");
        }

        if (status == Refused)
        {
            throw QuantException.Error(Codes.ModelUnsupported, $"ONNX Runtime {what} under the emulator: {answer.Text().Split('\n', 2)[0].TrimEnd()}");
        }
    }

    private readonly record struct Output(int Index, long[] Dims, byte[] Bytes);
}
