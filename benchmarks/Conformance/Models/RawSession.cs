using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using QuantBuildTasks.Engine.Model;
using Tensor = QuantBuildTasks.Engine.Model.Tensor;

namespace QuantBuildTasks.Conformance.Models;

/// <summary>ONNX Runtime with strings, sequences and optionals, which the engine itself never feeds.</summary>
internal sealed class RawSession : IDisposable
{
    private readonly InferenceSession _session;

    /// <param name="model">The ONNX file.</param>
    /// <param name="optimized">Whether ONNX Runtime optimizes it first, as it does for an app.</param>
    public RawSession(byte[] model, bool optimized = false)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            GraphOptimizationLevel = optimized ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
        };
        _session = new InferenceSession(model, options);
        Inputs = [.. _session.InputNames.Select(n => KindOf(_session.InputMetadata[n]))];
        Outputs = [.. _session.OutputNames.Select(n => KindOf(_session.OutputMetadata[n]))];
    }

    public IReadOnlyList<ValueKind> Inputs { get; }

    public IReadOnlyList<ValueKind> Outputs { get; }

    /// <summary>Runs the model on its inputs in order; gives tensors, and arrays of tensors for sequences.</summary>
    public object?[] Run(object?[] inputs)
    {
        using var run = new RunOptions();
        OrtValue[] values = [.. inputs.Select(Wrap)];
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(run, _session.InputNames, values, _session.OutputNames);
            return [.. outputs.Select(Unwrap)];
        }
        finally
        {
            Array.ForEach(values, v => v.Dispose());
        }
    }

    public void Dispose() => _session.Dispose();

    private static ValueKind KindOf(NodeMetadata metadata) => metadata.OnnxValueType switch
    {
        OnnxValueType.ONNX_TYPE_TENSOR => ValueKind.Tensor,
        OnnxValueType.ONNX_TYPE_SEQUENCE => ValueKind.Sequence,
        OnnxValueType.ONNX_TYPE_OPTIONAL => ValueKind.Optional,
        var other => throw new NotSupportedException($"No test data of kind {other}."),
    };

    private static OrtValue Wrap(object? value)
    {
        switch (value)
        {
            case Tensor { Strings: { } strings } tensor:
                OrtValue text = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, [.. tensor.Dims]);
                for (int i = 0; i < strings.Count; i++)
                {
                    text.StringTensorSetElementAt(strings[i].AsSpan(), i);
                }

                return text;
            case Tensor tensor:
                OrtValue made = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)tensor.Type, [.. tensor.Dims]);
                tensor.Bytes.Span.CopyTo(made.GetTensorMutableRawData());
                return made;
            case Tensor[] tensors:
                return OrtValue.CreateSequence([.. tensors.Select(t => Wrap(t))]);
            default:
                throw new NotSupportedException("ONNX Runtime's C# binding makes no optional that holds nothing.");
        }
    }

    private static object Unwrap(OrtValue value)
    {
        if (value.OnnxType == OnnxValueType.ONNX_TYPE_SEQUENCE)
        {
            return Enumerable.Range(0, value.GetValueCount()).Select(i =>
            {
                using OrtValue element = value.GetValue(i, OrtAllocator.DefaultInstance);
                return (Tensor)Unwrap(element);
            }).ToArray();
        }

        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        return info.IsString
            ? Tensor.OfStrings(value.GetStringTensorAsArray(), info.Shape)
            : Tensor.FromBytes((ElementType)info.ElementDataType, info.Shape, value.GetTensorMutableRawData().ToArray());
    }
}
