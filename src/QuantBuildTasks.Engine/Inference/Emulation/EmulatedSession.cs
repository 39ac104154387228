using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Scoring;

namespace QuantBuildTasks.Engine.Inference.Emulation;

/// <summary>A model that is open in a scoring process. One thread at a time may run it.</summary>
internal sealed class EmulatedSession : IInferenceSession
{
    private const int Succeeded = 0;

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

    public void Run(IReadOnlyDictionary<string, Tensor> inputs, OutputVisitor visit) => _process.Ask(
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
            int count = answer.Int32();
            for (int i = 0; i < count; i++)
            {
                if ((ElementType)answer.Int32() == ElementType.Undefined)
                {
                    continue;
                }

                long[] dims = new long[answer.Int32()];
                for (int d = 0; d < dims.Length; d++)
                {
                    dims[d] = answer.Int64();
                }

                visit(i, dims, answer.Bytes(answer.Int64()));
            }

            return true;
        });

    public void Dispose() => _process.Dispose();

    private static ModelPort[] Ports(FrameReader answer)
    {
        var ports = new ModelPort[answer.Int32()];
        for (int i = 0; i < ports.Length; i++)
        {
            ports[i] = new ModelPort(answer.Text(), (ElementType)answer.Int32(), null);
        }

        return ports;
    }

    private static void ThrowIfRefused(FrameReader answer, string what)
    {
        if (answer.Int32() != Succeeded)
        {
            throw QuantException.Error(Codes.ModelUnsupported, $"ONNX Runtime {what} under the emulator: {answer.Text().Split('\n', 2)[0].TrimEnd()}");
        }
    }
}
