using System.Buffers;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using Tensor = QuantBuildTasks.Engine.Model.Tensor;

namespace QuantBuildTasks.Engine.Inference;

/// <summary>
/// An open ONNX Runtime session, whose <c>Run</c> ONNX Runtime lets several threads call at once. The run options are never changed, so all runs share them.
/// </summary>
internal sealed class OrtSession : IInferenceSession
{
    private const int CacheLine = 64;

    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly string[] _outputNames;

    private readonly long _bytes;

    /// <param name="session">Disposed with this.</param>
    /// <param name="bytes">Size of the model's file.</param>
    public OrtSession(InferenceSession session, long bytes)
    {
        (_session, _bytes) = (session, bytes);
        Inputs = [.. session.InputNames.Select(n => Port(n, session.InputMetadata[n]))];
        Outputs = [.. session.OutputNames.Select(n => Port(n, session.OutputMetadata[n]))];
        _outputNames = [.. session.OutputNames];
    }

    public IReadOnlyList<ModelPort> Inputs { get; }

    public IReadOnlyList<ModelPort> Outputs { get; }

    public IReadOnlyList<Tensor> Run(IReadOnlyDictionary<string, Tensor> inputs)
    {
        var outputs = new Tensor[_outputNames.Length];
        Run(inputs, (index, dims, bytes) => outputs[index] = Tensor.FromBytes(Outputs[index].Type, dims.ToArray(), bytes.ToArray()));
        return outputs;
    }

    public void Run(IReadOnlyDictionary<string, Tensor> inputs, OutputVisitor visit)
    {
        var names = new List<string>(inputs.Count);
        var values = new List<OrtValue>(inputs.Count);
        var pins = new List<MemoryHandle>(inputs.Count);
        try
        {
            foreach ((string name, Tensor tensor) in inputs)
            {
                MemoryHandle pin = tensor.Bytes.Pin();
                pins.Add(pin);
                names.Add(name);
                values.Add(Wrap(tensor, pin));
            }

            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_runOptions, names, values, _outputNames);
            for (int i = 0; i < outputs.Count; i++)
            {
                if (Outputs[i].Type is not (ElementType.Undefined or ElementType.String))
                {
                    visit(i, outputs[i].GetTensorTypeAndShape().Shape, outputs[i].GetTensorMutableRawData());
                }
            }
        }
        catch (OnnxRuntimeException e)
        {
            throw QuantException.Error(Codes.ModelUnsupported, $"ONNX Runtime cannot run the model on this data: {e.Message.Split('\n', 2)[0].TrimEnd()}", null, e);
        }
        finally
        {
            values.ForEach(v => v.Dispose());
            pins.ForEach(p => p.Dispose());
        }
    }

    public void Dispose()
    {
        _session.Dispose();
        _runOptions.Dispose();
        FreedMemory.Closed(_bytes);
    }

    /// <summary>
    /// The tensor where it lies, or a copy. ONNX Runtime's kernels split a sum by where in a cache line it begins, so the same numbers elsewhere can give results that differ in their last bit,
    /// and arrays lie where chance puts them. Its own allocator aligns as its intermediate tensors are aligned.
    /// </summary>
    private static unsafe OrtValue Wrap(Tensor tensor, MemoryHandle pin)
    {
        if (tensor.Bytes.IsEmpty || (nuint)pin.Pointer % CacheLine == 0)
        {
            return OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, (TensorElementType)tensor.Type, [.. tensor.Dims], (nint)pin.Pointer, tensor.Bytes.Length);
        }

        OrtValue copy = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)tensor.Type, [.. tensor.Dims]);
        tensor.Bytes.Span.CopyTo(copy.GetTensorMutableRawData());
        return copy;
    }

    private static ModelPort Port(string name, NodeMetadata metadata)
    {
        if (metadata.OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR)
        {
            return new ModelPort(name, ElementType.Undefined, null);
        }

        var dims = new Dimension[metadata.Dimensions.Length];
        for (int i = 0; i < dims.Length; i++)
        {
            string symbol = metadata.SymbolicDimensions[i];
            dims[i] = metadata.Dimensions[i] >= 0 ? new Dimension(metadata.Dimensions[i])
                : symbol.Length > 0 ? new Dimension(null, symbol)
                : default;
        }

        return new ModelPort(name, metadata.IsString ? ElementType.String : (ElementType)metadata.ElementDataType, new Shape(dims));
    }
}
