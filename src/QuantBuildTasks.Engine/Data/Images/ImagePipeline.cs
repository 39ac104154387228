using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data.Images;

/// <summary>Makes of an image what the model takes.</summary>
internal sealed class ImagePipeline
{
    private readonly ImageTarget _target;

    /// <summary>For each channel what each of the 256 values becomes, in the bytes of the target's type: computed once, so that all images agree.</summary>
    private readonly byte[][] _values;

    public ImagePipeline(ImageTarget target)
    {
        _target = target;
        _values = [.. Enumerable.Range(0, target.Channels).Select(Values)];
    }

    /// <summary>The bytes of one sample, <see cref="ImageTarget.BytesPerImage"/> long.</summary>
    /// <exception cref="InvalidDataException">The image is smaller than the part that is to be cut out, or too long and thin. The message is a clause for the user.</exception>
    public byte[] Run(Picture picture)
    {
        Picture sized = Size(_target.Colour == ColourOrder.Gray ? picture.ToGray() : picture.ToColour());
        byte[] sample = new byte[_target.BytesPerImage];
        int item = _target.Type.BitWidth() / 8;
        int channels = _target.Channels;
        int pixels = sized.Width * sized.Height;
        for (int c = 0; c < channels; c++)
        {
            int from = _target.Colour == ColourOrder.Bgr ? channels - 1 - c : c;
            ReadOnlySpan<byte> values = _values[c];
            for (int i = 0; i < pixels; i++)
            {
                int place = _target.Layout == ImageLayout.Nchw ? (c * pixels) + i : (i * channels) + c;
                values.Slice(sized.Pixels[(i * channels) + from] * item, item).CopyTo(sample.AsSpan(place * item));
            }
        }

        return sample;
    }

    private Picture Size(Picture picture)
    {
        Preprocessing steps = _target.Steps;
        if (steps.Shorter is { } shorter)
        {
            bool wide = picture.Width > picture.Height;
            long longer = (long)shorter * Math.Max(picture.Width, picture.Height) / Math.Min(picture.Width, picture.Height);
            picture = Resize(picture, wide ? longer : shorter, wide ? shorter : longer);
        }

        if (steps.CropWidth is { } width && steps.CropHeight is { } height)
        {
            if (width > picture.Width || height > picture.Height)
            {
                throw new InvalidDataException($"a part of {width} × {height} cannot be cut out of {picture.Width} × {picture.Height} pixels; set shorter in Preprocess, which makes every image large enough");
            }

            picture = picture.Centre(width, height);
        }

        return Fit(picture, steps);
    }

    /// <summary>To the target's size; as Pillow's <c>ImageOps.cover</c> and <c>contain</c> round where proportions are kept.</summary>
    private Picture Fit(Picture picture, Preprocessing steps)
    {
        (int width, int height) = (_target.Width, _target.Height);
        double ratio = (double)picture.Width / picture.Height;
        double wanted = (double)width / height;
        if (steps.Fit == ImageFit.Stretch || ratio == wanted)
        {
            return Resize(picture, width, height);
        }

        bool keepsWidth = steps.Fit == ImageFit.Cover ? ratio < wanted : ratio > wanted;
        Picture resized = keepsWidth
            ? Resize(picture, width, Math.Round((double)picture.Height / picture.Width * width))
            : Resize(picture, Math.Round(ratio * height), height);
        return steps.Fit == ImageFit.Cover ? resized.Centre(width, height) : resized.PadTo(width, height, steps.Pad);
    }

    private Picture Resize(Picture picture, double width, double height) =>
        width * height <= ImageFile.MaxPixels
            ? Resampler.Resize(picture, Math.Max((int)width, 1), Math.Max((int)height, 1), _target.Steps.Filter)
            : throw new InvalidDataException($"{picture.Width} × {picture.Height} pixels would become {width} × {height}, and at most {ImageFile.MaxPixels} are held");

    private byte[] Values(int channel)
    {
        Preprocessing steps = _target.Steps;
        float mean = steps.Mean[channel % steps.Mean.Count];
        float std = steps.Std[channel % steps.Std.Count];

        // Each step rounds to float32, as NumPy and PyTorch do it.
        float[] values = [.. Enumerable.Range(0, 256).Select(x => (((x * steps.Scale) / steps.ScaleDivisor) - mean) / std)];
        return _target.Type switch
        {
            ElementType.Float32 => MemoryMarshal.AsBytes<float>(values).ToArray(),
            ElementType.Float16 => MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, v => (Half)v)).ToArray(),
            _ => [.. Enumerable.Range(0, 256).Select(x => (byte)x)],
        };
    }
}
