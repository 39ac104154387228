using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Tests.Validation;

/// <summary>Models that are functions: the first byte of a "file" chooses one.</summary>
internal sealed class FakeInference(params FakeModel[] models) : IInference
{
    public int OpenSessions;

    /// <summary>How many were opened in all.</summary>
    public int Opened;

    public static byte[] File(int model, int length = 1)
    {
        byte[] bytes = new byte[length];
        bytes[0] = (byte)model;
        return bytes;
    }

    public IInferenceSession Open(StoredModel model, SessionSettings settings)
    {
        Interlocked.Increment(ref OpenSessions);
        Interlocked.Increment(ref Opened);
        return new FakeSession(models[model.Graph[0]], this);
    }
}

/// <summary>What a fake session does.</summary>
/// <param name="Output">Its only output.</param>
/// <param name="Run">Computes it.</param>
internal sealed record FakeModel(ModelPort Output, Func<IReadOnlyDictionary<string, Tensor>, Tensor> Run)
{
    /// <summary>Gives the input "x", each number changed.</summary>
    public static FakeModel Of(Func<float, float> change, params Dimension[] dims) => new(
        new ModelPort("y", ElementType.Float32, new Shape(dims)),
        inputs => Tensor.Of(Array.ConvertAll(inputs["x"].Span<float>().ToArray(), v => change(v)), [.. inputs["x"].Dims]));
}

internal sealed class FakeSession(FakeModel model, FakeInference? owner = null) : IInferenceSession
{
    public IReadOnlyList<ModelPort> Inputs => [];

    public IReadOnlyList<ModelPort> Outputs => [model.Output];

    public IReadOnlyList<Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs) => [model.Run(inputs)];

    public void Run(IReadOnlyDictionary<string, Tensor> inputs, OutputVisitor visit)
    {
        Tensor output = model.Run(inputs);
        visit(0, [.. output.Dims], output.Bytes.Span);
    }

    public void Dispose()
    {
        if (owner is not null)
        {
            Interlocked.Decrement(ref owner.OpenSessions);
        }
    }
}
