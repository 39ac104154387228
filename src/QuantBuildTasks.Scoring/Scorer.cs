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
            Answer(session, FrameReader.Counted(inputs));
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

            for (int i = 0; i < FrameReader.Counted(entries); i++)
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
        var types = new TensorElementType[inputs];
        var dims = new long[inputs][];
        var bytes = new byte[inputs][];
        for (int i = 0; i < inputs; i++)
        {
            names[i] = input.Text();
            types[i] = (TensorElementType)input.Int32();
            dims[i] = new long[input.Count()];
            for (int d = 0; d < dims[i].Length; d++)
            {
                dims[i][d] = input.Int64();
            }

            bytes[i] = input.Bytes(input.Int64());
        }

        // The batch is read to its end, so that the next one is understood where ONNX Runtime refuses a tensor of this one.
        var pins = new GCHandle[inputs];
        var values = new OrtValue?[inputs];
        try
        {
            for (int i = 0; i < inputs; i++)
            {
                pins[i] = GCHandle.Alloc(bytes[i], GCHandleType.Pinned);
                values[i] = OrtValue.CreateTensorValueWithData(OrtMemoryInfo.DefaultInstance, types[i], dims[i], pins[i].AddrOfPinnedObject(), bytes[i].Length);
            }

            using var run = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, names, values!, session.OutputNames);
            output.Int32(Succeeded);
            output.Int32(results.Count);
            foreach (OrtValue result in results)
            {
                Write(result);
            }
        }
        catch (OnnxRuntimeException e)
        {
            // Only what comes before the first byte of an answer throws this.
            Refuse(e.Message);
        }
        finally
        {
            foreach (OrtValue? value in values)
            {
                value?.Dispose();
            }

            foreach (GCHandle pin in pins)
            {
                if (pin.IsAllocated)
                {
                    pin.Free();
                }
            }
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
