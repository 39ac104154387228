using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data.Images;

/// <summary>What is made of every image: preprocessing with all that the model's input says filled in.</summary>
/// <param name="Input">The model's input.</param>
/// <param name="Type">float32, float16 or uint8.</param>
/// <param name="Layout">Order of the axes.</param>
/// <param name="Colour">Channels and their order.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="Steps">How the size and the values come to be.</param>
internal sealed record ImageTarget(string Input, ElementType Type, ImageLayout Layout, ColourOrder Colour, int Width, int Height, Preprocessing Steps)
{
    private static readonly ImageLayout[] Layouts = [ImageLayout.Nchw, ImageLayout.Nhwc];

    public int Channels => Colour == ColourOrder.Gray ? 1 : 3;

    public int BytesPerImage => checked(Width * Height * Channels * (Type.BitWidth() / 8));

    /// <summary>Sizes of one image as the model takes it.</summary>
    public IReadOnlyList<long> Dims => Layout switch
    {
        ImageLayout.Nchw => [Channels, Height, Width],
        ImageLayout.Nhwc => [Height, Width, Channels],
        _ => [Height, Width],
    };

    /// <exception cref="QuantException">QBT1016: the two do not go together, or do not say all that is needed.</exception>
    public static ImageTarget Of(Preprocessing? given, IReadOnlyList<ModelPort> inputs, IReadOnlyDictionary<string, int?> batchAxes, string model)
    {
        if (inputs.Count != 1)
        {
            throw Wrong($"The model has {inputs.Count} inputs ({string.Join(", ", inputs.Select(i => $"'{i.Name}'"))}), and images can feed one only. Save one array for each input in an .npz file.", model);
        }

        ModelPort input = inputs[0];
        if (input.Shape is not { Rank: 3 or 4 } shape || (batchAxes.TryGetValue(input.Name, out int? axis) && axis != 0))
        {
            throw Wrong($"The model's input '{input.Name}' is {input.Shape?.ToString() ?? "no tensor"}; images need [N, channels, height, width], [N, height, width, channels] or [N, height, width], with the batch on axis 0. Save the data in an .npz file.", model);
        }

        ImageLayout layout = LayoutOf(given, input, shape, model);
        (long? channels, long? height, long? width) = layout switch
        {
            ImageLayout.Nchw => (shape[1].Value, shape[2].Value, shape[3].Value),
            ImageLayout.Nhwc => (shape[3].Value, shape[1].Value, shape[2].Value),
            _ => (1L, shape[1].Value, shape[2].Value),
        };
        CheckType(given, input, width, height, channels, model);
        Preprocessing steps = given ?? new Preprocessing();
        ColourOrder colour = ColourOf(steps, input, shape, channels, model);
        (int w, int h) = SizeOf(steps, input, shape, width, height, model);
        foreach ((string key, int count) in new[] { ("mean", steps.Mean.Count), ("std", steps.Std.Count), ("pad", steps.Pad.Count) })
        {
            if (count != 1 && count != (colour == ColourOrder.Gray ? 1 : 3))
            {
                throw Wrong($"Preprocess gives {count} values for {key}, but the model takes {(colour == ColourOrder.Gray ? 1 : 3)} channels. Write one value, or one for each channel.", model);
            }
        }

        return new ImageTarget(input.Name, input.Type, layout, colour, w, h, steps);
    }

    private static ImageLayout LayoutOf(Preprocessing? given, ModelPort input, Shape shape, string model)
    {
        if (shape.Rank == 3)
        {
            return given?.Layout is null or ImageLayout.Nhw
                ? ImageLayout.Nhw
                : throw Wrong($"Preprocess says layout={Word(given.Layout.Value)}, but the model's input '{input.Name}' is {shape}, without an axis for channels.", model);
        }

        ImageLayout[] possible = [.. Layouts.Where(l => shape[l == ImageLayout.Nchw ? 1 : 3].Value is 1 or 3 or null)];
        ImageLayout[] certain = [.. Layouts.Where(l => shape[l == ImageLayout.Nchw ? 1 : 3].Value is 1 or 3)];
        return (given?.Layout, possible.Length, certain.Length) switch
        {
            ({ } layout, _, _) when possible.Contains(layout) => layout,
            ({ } layout, _, _) => throw Wrong($"Preprocess says layout={Word(layout)}, but the model's input '{input.Name}' is {shape}. Its axis for channels must have 1 or 3 of them.", model),
            (_, _, 1) => certain[0],
            (_, 1, _) => possible[0],
            (_, 0, _) => throw Wrong($"The model's input '{input.Name}' is {shape}: neither axis 1 nor axis 3 has the 1 or 3 channels of an image. Save the data in an .npz file.", model),
            _ => throw Wrong($"The model's input '{input.Name}' is {shape}, which does not show where its channels are. Add layout=NCHW or layout=NHWC to Preprocess.", model),
        };
    }

    private static void CheckType(Preprocessing? given, ModelPort input, long? width, long? height, long? channels, string model)
    {
        string size = width is { } w && height is { } h ? string.Create(CultureInfo.InvariantCulture, $"{w}x{h}") : "224x224";
        switch (input.Type)
        {
            case ElementType.Float32 or ElementType.Float16 when given is null:
                string moments = channels == 1 ? "mean=0.5;std=0.5" : "mean=0.485,0.456,0.406;std=0.229,0.224,0.225";
                throw Wrong($"The model's input '{input.Name}' takes {Word(input.Type)}, and Preprocess does not say how an image becomes that. Write what the app does, for example Preprocess=\"size={size};scale=1/255;{moments}\".", model);
            case ElementType.Float32 or ElementType.Float16:
                return;
            case ElementType.UInt8 when given is { ChangesValues: true }:
                throw Wrong($"The model's input '{input.Name}' takes the bytes of the image (uint8). Remove scale, mean and std from Preprocess.", model);
            case ElementType.UInt8:
                return;
            default:
                throw Wrong($"The model's input '{input.Name}' takes {Word(input.Type)}; images can become float32, float16 or uint8. Save the data in an .npz file.", model);
        }
    }

    private static ColourOrder ColourOf(Preprocessing steps, ModelPort input, Shape shape, long? channels, string model)
    {
        ColourOrder colour = steps.Colour ?? (channels == 1 ? ColourOrder.Gray : ColourOrder.Rgb);
        return channels is null || channels == (colour == ColourOrder.Gray ? 1 : 3)
            ? colour
            : throw Wrong($"Preprocess says colour={Word(colour)}, but the model's input '{input.Name}' is {shape}, with {channels} channels.", model);
    }

    private static (int Width, int Height) SizeOf(Preprocessing steps, ModelPort input, Shape shape, long? width, long? height, string model)
    {
        int? w = steps.Width ?? steps.CropWidth ?? (int?)width;
        int? h = steps.Height ?? steps.CropHeight ?? (int?)height;
        if (w is null || h is null)
        {
            throw Wrong($"The model's input '{input.Name}' is {shape}, which leaves the size open. Add it to Preprocess, for example size=224x224.", model);
        }

        if ((width ?? w) != w || (height ?? h) != h)
        {
            throw Wrong($"Preprocess makes images of {w}x{h} (width x height), but the model's input '{input.Name}' is {shape}. Correct size or crop.", model);
        }

        return (long)w * h <= ImageFile.MaxPixels && w > 0 && h > 0
            ? (w.Value, h.Value)
            : throw Wrong($"Images of {w}x{h} are out of range: they have 1 to {ImageFile.MaxPixels} pixels.", model);
    }

    private static QuantException Wrong(string text, string model) => QuantException.Error(Codes.ImagesDoNotSuit, text, model);

    private static string Word(ImageLayout layout) => layout.ToString().ToUpperInvariant();

    private static string Word(ColourOrder colour) => colour == ColourOrder.Gray ? "Gray" : colour.ToString().ToUpperInvariant();

    private static string Word(ElementType type) => type.ToString().ToLowerInvariant();
}
