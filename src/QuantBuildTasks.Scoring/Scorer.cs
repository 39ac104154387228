using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace QuantBuildTasks.Scoring;

/// <summary>Opens the model that comes first through a pipe, and runs it on every batch that follows.</summary>
internal sealed class Scorer(FrameReader input, FrameWriter output)
{
    private const int Succeeded = 0;
    private const int Failed = 1;
    private const int NoTensor = 0;

    /// <summary>Serves until the pipe is closed. What ONNX Runtime refuses is answered; anything else ends the process.</summary>
    public void Serve()
    {
        using InferenceSession? session = Open();
        while (session is not null && input.TryInt32() is { } inputs)
        {
            Answer(session, inputs);
            output.Flush();
        }
    }

    /// <summary>Reads the model: number of configuration entries, each key and value, length, bytes. Answers with the names and types of inputs and outputs.</summary>
    private InferenceSession? Open()
    {
        try
        {
            // As an app would open it, on one thread: an emulator gains nothing from more.
            using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            if (input.TryInt32() is not { } entries)
            {
                return null;
            }

            for (int i = 0; i < entries; i++)
            {
                options.AddSessionConfigEntry(input.Text(), input.Text());
            }

            var session = new InferenceSession(input.Bytes(input.Int64()), options);
            output.Int32(Succeeded);
            Describe(session.InputNames, session.InputMetadata);
            Describe(session.OutputNames, session.OutputMetadata);
            output.Flush();
            return session;
        }
        catch (OnnxRuntimeException e)
        {
            Refuse(e.Message);
            output.Flush();
            return null;
        }
    }

    private void Describe(IReadOnlyList<string> names, IReadOnlyDictionary<string, NodeMetadata> metadata)
    {
        output.Int32(names.Count);
        foreach (string name in names)
        {
            output.Text(name);
            output.Int32(metadata[name].OnnxValueType != OnnxValueType.ONNX_TYPE_TENSOR ? 0 : metadata[name].IsString ? (int)TensorElementType.String : (int)metadata[name].ElementDataType);
        }
    }

    /// <summary>One batch: for each input its name, element type, sizes, and bytes; the answer has the same form without names.</summary>
    private void Answer(InferenceSession session, int inputs)
    {
        var names = new string[inputs];
        var values = new OrtValue[inputs];
        var pins = new GCHandle[inputs];
        for (int i = 0; i < inputs; i++)
        {
            names[i] = input.Text();
            var type = (TensorElementType)input.Int32();
            long[] dims = new long[input.Int32()];
            for (int d = 0; d < dims.Length; d++)
            {
                dims[d] = input.Int64();
            }

            byte[] bytes = input.Bytes(input.Int64());
            pins[i] = GCHandle.Alloc(bytes, GCHandleType.Pinned);
            values[i] = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, type, dims, pins[i].AddrOfPinnedObject(), bytes.Length);
        }

        try
        {
            using var run = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, names, values, session.OutputNames);
            output.Int32(Succeeded);
            output.Int32(results.Count);
            foreach (OrtValue result in results)
            {
                Write(result);
            }
        }
        catch (OnnxRuntimeException e)
        {
            // Only running throws this, so that no part of an answer is on its way.
            Refuse(e.Message);
        }
        finally
        {
            Array.ForEach(values, v => v.Dispose());
            Array.ForEach(pins, p => p.Free());
        }
    }

    private void Write(OrtValue value)
    {
        if (value.OnnxType != OnnxValueType.ONNX_TYPE_TENSOR || value.GetTensorTypeAndShape() is not { ElementDataType: not TensorElementType.String } info)
        {
            // Sequences, maps and texts are never compared.
            output.Int32(NoTensor);
            return;
        }

        output.Int32((int)info.ElementDataType);
        output.Int32(info.Shape.Length);
        Array.ForEach(info.Shape, output.Int64);
        ReadOnlySpan<byte> bytes = value.GetTensorMutableRawData();
        output.Int64(bytes.Length);
        output.Bytes(bytes);
    }

    private void Refuse(string message)
    {
        output.Int32(Failed);
        output.Text(message);
    }
}
