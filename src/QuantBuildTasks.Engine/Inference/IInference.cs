using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Inference;

/// <summary>The one door to ONNX Runtime: steps that need numbers out of a model ask here.</summary>
internal interface IInference
{
    /// <summary>Opens a model.</summary>
    /// <param name="model">The ONNX file.</param>
    /// <param name="settings">How it runs.</param>
    /// <exception cref="Diagnostics.QuantException">ONNX Runtime refuses the model (QBT1004), or cannot be loaded at all (QBT5002).</exception>
    IInferenceSession Open(StoredModel model, SessionSettings settings);
}

/// <summary>An open model. Several threads may run it at once: weights are held once, and each run has activations of its own.</summary>
internal interface IInferenceSession : IDisposable
{
    IReadOnlyList<ModelPort> Inputs { get; }

    IReadOnlyList<ModelPort> Outputs { get; }

    /// <summary>Runs the model and copies all outputs, in the order of <see cref="Outputs"/>.</summary>
    IReadOnlyList<Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs);

    /// <summary>Runs the model and shows each output once without copying it.</summary>
    void Run(IReadOnlyDictionary<string, Tensor> inputs, OutputVisitor visit);
}

/// <summary>Sees one output while the native buffer is alive: its place in <see cref="IInferenceSession.Outputs"/>, sizes, and little-endian bytes.</summary>
internal delegate void OutputVisitor(int index, ReadOnlySpan<long> dims, ReadOnlySpan<byte> bytes);

/// <summary>An input or output of a model as ONNX Runtime infers it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Element type; <see cref="ElementType.Undefined"/> for sequences, maps and optionals.</param>
/// <param name="Shape">Sizes; symbolic ones carry their name where there is one. Null where it is no tensor.</param>
internal sealed record ModelPort(string Name, ElementType Type, Shape? Shape)
{
    /// <summary>The value that the user fixed an input to: the model does not take it any more, but data made for it may still hold it. Else null.</summary>
    public Tensor? Pinned { get; init; }
}

/// <summary>How a session runs; the defaults are what an app gets from <c>new InferenceSession(bytes)</c>, on one thread.</summary>
internal sealed record SessionSettings
{
    /// <summary>Intra-operator threads of one run. Sessions whose values reach an artifact use 1, so that sums have one order.</summary>
    public int Threads { get; init; } = 1;

    public GraphOptimization Optimization { get; init; } = GraphOptimization.All;

    /// <summary>Whether ONNX Runtime plans the memory of a run as one piece. Where many tensors are in sight, or few runs are made, it takes more that way, and no run is faster; results are the same.</summary>
    public bool PlansMemory { get; init; } = true;

    /// <summary>Where ONNX Runtime writes the optimized graph, or null.</summary>
    public string? OptimizedModelPath { get; init; }

    /// <summary>Whether 8-bit products are added exactly on x64 processors without VNNI, too, whose kernels saturate else (<see cref="UnsignedWeights"/>).</summary>
    public bool ExactSums { get; init; }

    /// <summary>Further configuration entries, by key.</summary>
    public IReadOnlyDictionary<string, string> Configuration { get; init; } = new Dictionary<string, string>();
}

/// <summary>ONNX Runtime's optimization levels.</summary>
internal enum GraphOptimization
{
    None,
    Basic,
    Extended,
    All,
}
