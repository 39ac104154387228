using Google.Protobuf;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.Reading;

/// <summary>Reads a file that holds one <see cref="TensorProto"/> and nothing else, as ONNX's test data are kept.</summary>
internal static class TensorFile
{
    /// <summary>The tensor, and its name; an empty one where it has none.</summary>
    /// <param name="bytes">The whole file, which must not change as long as the tensor is used.</param>
    /// <exception cref="InvalidDataException">Damaged, or no tensor of numbers. The message is a clause for the user.</exception>
    public static (string Name, Tensor Tensor) Read(byte[] bytes)
    {
        TensorProto proto;
        try
        {
            proto = TensorProto.Parser.ParseFrom(UnsafeByteOperations.UnsafeWrap(bytes));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException("it is no ONNX tensor, or damaged", e);
        }

        if (proto.DataLocation == TensorProto.Types.DataLocation.External)
        {
            throw new InvalidDataException("its elements lie in another file; save the tensor with its elements inside");
        }

        if (((ElementType)proto.DataType).BitWidth() < 8)
        {
            throw new InvalidDataException($"its elements are of type {(ElementType)proto.DataType}, and numbers of at least 8 bits are read");
        }

        try
        {
            return (proto.Name, TensorReader.Read(proto));
        }
        catch (FormatException e)
        {
            throw new InvalidDataException(e.Message.TrimEnd('.'), e);
        }
        catch (OverflowException e)
        {
            throw new InvalidDataException($"it claims the sizes [{string.Join(", ", proto.Dims)}], which no file can hold", e);
        }
    }
}
