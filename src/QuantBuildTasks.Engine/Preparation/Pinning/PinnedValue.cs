using System.Globalization;
using System.Numerics;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Pinning;

/// <summary>Reads what a user wrote for an input or a size; numbers have a point and no separators, whatever the culture.</summary>
internal static class PinnedValue
{
    /// <summary>A size: 0 or more, since an empty state is how some decoders start.</summary>
    /// <exception cref="QuantException">QBT1032.</exception>
    public static long Size(Pin pin, string file) =>
        long.TryParse(pin.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long size)
            ? size
            : throw QuantException.Error(Codes.BadPin, $"PinnedInputs sets the size '{pin.Name}' to \"{pin.Value}\". A size is a whole number from 0 on: {pin.Name}=1.", file);

    /// <summary>The tensor that an input gets. One number suits a scalar and a tensor of one element; a list has as many as the input has elements, in C order.</summary>
    /// <exception cref="QuantException">QBT1032.</exception>
    public static Tensor Of(Value input, Pin pin, PinnedSizes sizes, string file)
    {
        bool isList = pin.Value.StartsWith('[') && pin.Value.EndsWith(']');
        string[] elements = isList ? pin.Value[1..^1].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) : [pin.Value];
        if (Dims(input.Shape, elements.Length, isList, sizes) is not { } dims)
        {
            throw Wrong($"takes {sizes.Of(input.Shape!)}", input.Shape is { Rank: 0 } ? "Write one value without brackets." : $"Write a list with a value for each of its elements: {pin.Name}=[1, 2].");
        }

        return Parse(input.Type, elements, dims) ?? throw Wrong($"takes {Word(input.Type)}", Form(input.Type, pin.Name));

        QuantException Wrong(string takes, string advice) =>
            QuantException.Error(Codes.BadPin, $"PinnedInputs sets '{pin.Name}' to \"{pin.Value}\", but the model's input '{pin.Name}' {takes}. {advice}", file);
    }

    /// <summary>The sizes of a tensor of so many elements that fits a declared shape, or null where none does.</summary>
    private static long[]? Dims(Shape? shape, int count, bool isList, PinnedSizes sizes)
    {
        if (shape is null or { Rank: 0 })
        {
            return !isList ? [] : shape is null ? [count] : null;
        }

        long?[] known = [.. shape.Select(sizes.Of)];
        long? product = PinnedSizes.Elements(known);
        int open = known.Count(d => d is null);
        return (product, open) switch
        {
            _ when product == count => [.. known.Select(d => d ?? 1)],
            ( > 0, 1) when count % product == 0 => [.. known.Select(d => d ?? count / product.Value)],
            _ => null,
        };
    }

    private static Tensor? Parse(ElementType type, string[] elements, long[] dims) => type switch
    {
        ElementType.Float32 => Numbers<float>(elements, dims),
        ElementType.Float64 => Numbers<double>(elements, dims),
        ElementType.Float16 => Numbers<Half>(elements, dims),
        ElementType.Int8 => Numbers<sbyte>(elements, dims),
        ElementType.Int16 => Numbers<short>(elements, dims),
        ElementType.Int32 => Numbers<int>(elements, dims),
        ElementType.Int64 => Numbers<long>(elements, dims),
        ElementType.UInt8 => Numbers<byte>(elements, dims),
        ElementType.UInt16 => Numbers<ushort>(elements, dims),
        ElementType.UInt32 => Numbers<uint>(elements, dims),
        ElementType.UInt64 => Numbers<ulong>(elements, dims),
        ElementType.Bool => Flags(elements, dims),
        ElementType.String => Tensor.OfStrings(elements, dims),
        _ => null,
    };

    private static Tensor? Numbers<T>(string[] elements, long[] dims)
        where T : unmanaged, INumber<T>
    {
        // Types of whole numbers refuse fractions by themselves.
        var values = new T[elements.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (!T.TryParse(elements[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]) || !T.IsFinite(values[i]))
            {
                return null;
            }
        }

        return Tensor.Of(values, dims);
    }

    private static Tensor? Flags(string[] elements, long[] dims)
    {
        bool?[] flags = Array.ConvertAll<string, bool?>(elements, e => e switch
        {
            "1" => true,
            "0" => false,
            _ => bool.TryParse(e, out bool flag) ? flag : null,
        });
        return flags.Contains(null) ? null : Tensor.Of(Array.ConvertAll(flags, f => f!.Value), dims);
    }

    private static string Form(ElementType type, string name) => type switch
    {
        ElementType.Float32 or ElementType.Float64 or ElementType.Float16 => $"Write a finite number: {name}=0.5.",
        ElementType.Bool => $"Write {name}=true or {name}=false.",
        ElementType.Int8 or ElementType.Int16 or ElementType.Int32 or ElementType.Int64 or ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 or ElementType.UInt64 =>
            $"Write a whole number in its range: {name}=1.",
        _ => "Such an input cannot be pinned.",
    };

    private static string Word(ElementType type) => type == ElementType.Undefined ? "no tensor" : type.ToString().ToLowerInvariant();
}
