using System.Globalization;
using QuantBuildTasks.Engine.Data.Images;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Tool.Requests.Settings;

/// <summary>Reads what an app does with an image: <c>size=224x224;scale=1/255;mean=0.485,0.456,0.406;layout=NCHW</c>.</summary>
internal sealed class PreprocessText
{
    /// <summary>No image is larger on one side; the product is checked against the model.</summary>
    private const int MaxSide = 65_535;

    private static readonly string[] Keys = ["size", "resize", "shorter", "crop", "fit", "pad", "scale", "mean", "std", "layout", "colour", "color"];

    private static readonly (string, ResizeFilter)[] Filters =
    [
        ("nearest", ResizeFilter.Nearest), ("box", ResizeFilter.Box), ("bilinear", ResizeFilter.Bilinear),
        ("bicubic", ResizeFilter.Bicubic), ("lanczos3", ResizeFilter.Lanczos3), ("lanczos", ResizeFilter.Lanczos3),
    ];

    private static readonly (string, ImageFit)[] Fits = [("stretch", ImageFit.Stretch), ("cover", ImageFit.Cover), ("contain", ImageFit.Contain)];

    private static readonly (string, ImageLayout)[] Layouts = [("NCHW", ImageLayout.Nchw), ("NHWC", ImageLayout.Nhwc), ("NHW", ImageLayout.Nhw)];

    private static readonly (string, ColourOrder)[] Colours = [("RGB", ColourOrder.Rgb), ("BGR", ColourOrder.Bgr), ("Gray", ColourOrder.Gray), ("Grey", ColourOrder.Gray)];

    private readonly Setting _setting;

    private PreprocessText(Setting setting) => _setting = setting;

    /// <exception cref="QuantException">QBT1021.</exception>
    public static Preprocessing Parse(Setting setting)
    {
        var text = new PreprocessText(setting);
        var steps = new Preprocessing();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string item in setting.Items)
        {
            int at = item.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0 || at == item.Length - 1)
            {
                throw setting.Invalid($"'{item}' is not of the form key=value. Keys: {string.Join(", ", Keys[..^1])}.");
            }

            string key = Keys.FirstOrDefault(k => k.Equals(item[..at].Trim(), StringComparison.OrdinalIgnoreCase))
                ?? throw setting.Invalid($"There is no key '{item[..at].Trim()}'.{Suggestion.For(item[..at].Trim(), Keys)} Keys: {string.Join(", ", Keys[..^1])}.");
            if (!seen.Add(key == "color" ? "colour" : key))
            {
                throw setting.Invalid($"It has {(key == "color" ? "colour" : key)} twice.");
            }

            steps = text.With(steps, key, item[(at + 1)..].Trim());
        }

        return seen.Contains("pad") && steps.Fit != ImageFit.Contain ? throw setting.Invalid("pad needs fit=contain, the only fit that leaves something to fill.") : steps;
    }

    private Preprocessing With(Preprocessing steps, string key, string value)
    {
        switch (key)
        {
            case "size":
                (int width, int height) = Size(key, value);
                return steps with { Width = width, Height = height };
            case "crop":
                (int cropWidth, int cropHeight) = Size(key, value);
                return steps with { CropWidth = cropWidth, CropHeight = cropHeight };
            case "shorter":
                return steps with { Shorter = Side(key, value) };
            case "resize":
                return steps with { Filter = Word(key, value, Filters) };
            case "fit":
                return steps with { Fit = Word(key, value, Fits) };
            case "layout":
                return steps with { Layout = Word(key, value, Layouts) };
            case "pad":
                return steps with { Pad = [.. List(key, value).Select(p => byte.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out byte b) ? b : throw Wrong(key, p, "a whole number from 0 to 255"))] };
            case "scale":
                return Scale(steps, value);
            case "mean":
                return steps with { Mean = [.. List(key, value).Select(m => Number(key, m))] };
            case "std":
                return steps with { Std = [.. List(key, value).Select(s => Number(key, s) is > 0 and float std ? std : throw Wrong(key, s, "a number above 0"))] };
            default:
                return steps with { Colour = Word(key, value, Colours) };
        }
    }

    /// <summary><c>1/255</c> divides by 255, and does not multiply by the rounded reciprocal.</summary>
    private Preprocessing Scale(Preprocessing steps, string value)
    {
        string[] parts = value.Split('/', StringSplitOptions.TrimEntries);
        float[] numbers = [.. parts.Select(p => Number("scale", p))];
        return numbers.Length <= 2 && numbers.All(n => n != 0)
            ? steps with { Scale = numbers[0], ScaleDivisor = numbers.Length == 2 ? numbers[1] : 1 }
            : throw Wrong("scale", value, "a number or a fraction, such as 1/255");
    }

    private (int Width, int Height) Size(string key, string value)
    {
        int[] sides = [.. value.Split(['x', 'X', '×'], StringSplitOptions.TrimEntries).Select(s => Side(key, s))];
        return sides.Length <= 2 ? (sides[0], sides[^1]) : throw Wrong(key, value, "width x height, such as 224x224, or one number for both");
    }

    private int Side(string key, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int side) && side is > 0 and <= MaxSide
            ? side
            : throw Wrong(key, value, $"a whole number of pixels from 1 to {MaxSide}");

    private float Number(string key, string value) =>
        float.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && float.IsFinite(number)
            ? number
            : throw Wrong(key, value, "a number with a decimal point");

    private string[] List(string key, string value) =>
        value.Split(',', StringSplitOptions.TrimEntries) is { Length: 1 or 3 } parts ? parts : throw Wrong(key, value, "one number, or three separated by commas");

    private T Word<T>(string key, string value, (string Word, T Value)[] words)
    {
        foreach ((string word, T meaning) in words)
        {
            if (word.Equals(value, StringComparison.OrdinalIgnoreCase))
            {
                return meaning;
            }
        }

        throw _setting.Invalid($"'{value}' is not possible for {key}.{Suggestion.For(value, words.Select(w => w.Word))} Allowed: {string.Join(", ", words.Select(w => w.Word))}.");
    }

    private QuantException Wrong(string key, string value, string wanted) => _setting.Invalid($"'{value}' is not possible for {key}; write {wanted}.");
}
