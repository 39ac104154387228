using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Data.Images;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Data.Images;

/// <summary>Checksums (CRC-32) are those of Pillow 9.4.0 with the steps of torchvision and of <c>ImageOps</c> on the same pictures.</summary>
public sealed class ImagePipelineTests
{
    private static readonly Dictionary<string, int?> NoAxes = [];

    [Theory]
    [InlineData(97, 61, 0x2FA1E428u)]
    [InlineData(61, 97, 0x57242131u)]
    public void Shorter_and_crop_are_those_of_torchvision(int width, int height, uint expected) =>
        Assert.Equal(expected, Crc32.Of(Bytes(PngBytes.Pattern(width, height, 3), new Preprocessing { Shorter = 32, CropWidth = 28, CropHeight = 28 }, 28, 28)));

    [Theory]
    [InlineData(97, 61, 0x8464BDCAu)]
    [InlineData(61, 97, 0xB3725E83u)]
    public void Cover_cuts_off_what_stands_out(int width, int height, uint expected) =>
        Assert.Equal(expected, Crc32.Of(Bytes(PngBytes.Pattern(width, height, 3), new Preprocessing { Fit = ImageFit.Cover }, 24, 17)));

    [Theory]
    [InlineData(97, 61, 0xCA10227Fu)]
    [InlineData(61, 97, 0xBF0159E7u)]
    public void Contain_fills_the_rest(int width, int height, uint expected) =>
        Assert.Equal(expected, Crc32.Of(Bytes(PngBytes.Pattern(width, height, 3), new Preprocessing { Fit = ImageFit.Contain, Pad = [10, 20, 30] }, 24, 17)));

    [Theory]
    [InlineData(0, 0xC0078BBDu)]
    [InlineData(1, 0xC006732Bu)]
    [InlineData(37, 0xBFBDFD27u)]
    [InlineData(200, 0x3FA74D4Fu)]
    [InlineData(255, 0x400FEE1Du)]
    public void Values_are_scaled_moved_and_divided_in_float32(byte value, uint bits)
    {
        var steps = new Preprocessing { ScaleDivisor = 255, Mean = [0.485f], Std = [0.229f] };

        byte[] sample = Run(new Picture(1, 1, 1, [value]), steps, Port(ElementType.Float32, "N", 1, 1));

        Assert.Equal(bits, BitConverter.ToUInt32(sample));
    }

    [Theory]
    [InlineData(1, 0x1C04)]
    [InlineData(37, 0x30A5)]
    [InlineData(200, 0x3A46)]
    [InlineData(255, 0x3C00)]
    public void Float16_is_rounded_once_at_the_end(byte value, ushort bits) =>
        Assert.Equal(bits, BitConverter.ToUInt16(Run(new Picture(1, 1, 1, [value]), new Preprocessing { ScaleDivisor = 255 }, Port(ElementType.Float16, "N", 1, 1))));

    [Fact]
    public void Scale_of_one_by_255_is_a_division()
    {
        byte[] sample = Run(new Picture(1, 1, 1, [3]), new Preprocessing { ScaleDivisor = 255 }, Port(ElementType.Float32, "N", 1, 1));

        Assert.Equal(3f / 255f, BitConverter.ToSingle(sample));
        Assert.NotEqual(3f * (1f / 255f), BitConverter.ToSingle(sample));
    }

    [Theory]
    [InlineData("NCHW", "RGB", new byte[] { 1, 4, 2, 5, 3, 6 })]
    [InlineData("NCHW", "BGR", new byte[] { 3, 6, 2, 5, 1, 4 })]
    [InlineData("NHWC", "RGB", new byte[] { 1, 2, 3, 4, 5, 6 })]
    [InlineData("NHWC", "BGR", new byte[] { 3, 2, 1, 6, 5, 4 })]
    public void Layout_and_colour_order_place_the_values(string layout, string colour, byte[] expected)
    {
        var steps = new Preprocessing { Width = 2, Height = 1, Layout = Enum.Parse<ImageLayout>(layout, true), Colour = Enum.Parse<ColourOrder>(colour, true) };

        Assert.Equal(expected, Run(new Picture(2, 1, 3, [1, 2, 3, 4, 5, 6]), steps, Port(ElementType.UInt8, "N", "a", "b", "c")));
    }

    [Fact]
    public void Mean_and_std_follow_the_order_of_the_model()
    {
        var steps = new Preprocessing { Layout = ImageLayout.Nchw, Colour = ColourOrder.Bgr, Mean = [1, 2, 3], Std = [1, 2, 4] };

        byte[] sample = Run(new Picture(1, 1, 3, [11, 12, 13]), steps, Port(ElementType.Float32, "N", 3, 1, 1));

        Assert.Equal([12f, 5f, 2f], MemoryMarshal.Cast<byte, float>(sample).ToArray());
    }

    [Fact]
    public void Grey_picture_feeds_three_channels_and_a_coloured_one_feeds_one()
    {
        Assert.Equal([9, 9, 9], Run(new Picture(1, 1, 1, [9]), new Preprocessing { Layout = ImageLayout.Nchw }, Port(ElementType.UInt8, "N", 3, 1, 1)));

        // (65536 · 100 + 32768) ÷ 65536 = 100: the weights add up to one.
        Assert.Equal([100], Run(new Picture(1, 1, 3, [100, 100, 100]), new Preprocessing(), Port(ElementType.UInt8, "N", 1, 1)));
    }

    [Fact]
    public void Part_larger_than_the_picture_is_refused() =>
        Assert.Contains(
            "set shorter",
            Assert.Throws<InvalidDataException>(() => Bytes(PngBytes.Pattern(20, 30, 3), new Preprocessing { CropWidth = 24, CropHeight = 24 }, 24, 24)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Long_thin_picture_is_refused_before_it_becomes_huge() =>
        Assert.Contains(
            "at most",
            Assert.Throws<InvalidDataException>(() => Bytes(PngBytes.Pattern(60_000, 1, 3), new Preprocessing { Shorter = 256, CropWidth = 8, CropHeight = 8 }, 8, 8)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Float_input_without_preprocess_is_shown_a_line_to_write() =>
        Refused(null, Port(ElementType.Float32, "N", 3, 32, 48), "Preprocess=\"size=48x32;scale=1/255;mean=0.485,0.456,0.406;std=0.229,0.224,0.225\"");

    [Fact]
    public void Sizes_of_the_model_are_the_default()
    {
        ImageTarget target = ImageTarget.Of(new Preprocessing(), [Port(ElementType.Float32, "N", 3, 32, 48)], NoAxes, "m.onnx");

        Assert.Equal((48, 32, ImageLayout.Nchw, ColourOrder.Rgb), (target.Width, target.Height, target.Layout, target.Colour));
        Assert.Equal([3L, 32, 48], target.Dims);
    }

    [Fact]
    public void What_does_not_suit_the_model_is_said()
    {
        Refused(new Preprocessing { Width = 20, Height = 20 }, Port(ElementType.Float32, "N", 3, 32, 32), "20x20");
        Refused(new Preprocessing(), Port(ElementType.Float32, "N", 3, "h", "w"), "leaves the size open");
        Refused(new Preprocessing(), Port(ElementType.Float32, "N", "c", "h", "w"), "layout=NCHW or layout=NHWC");
        Refused(new Preprocessing { Layout = ImageLayout.Nhwc }, Port(ElementType.Float32, "N", 3, 32, 32), "layout=NHWC");
        Refused(new Preprocessing { Colour = ColourOrder.Gray }, Port(ElementType.Float32, "N", 3, 32, 32), "colour=Gray");
        Refused(new Preprocessing { Mean = [1, 2, 3] }, Port(ElementType.Float32, "N", 1, 32, 32), "3 values for mean");
        Refused(new Preprocessing { ScaleDivisor = 255 }, Port(ElementType.UInt8, "N", 3, 32, 32), "Remove scale");
        Refused(new Preprocessing(), Port(ElementType.Int64, "N", 3, 32, 32), "takes int64");
        Refused(new Preprocessing(), Port(ElementType.Float32, "N", 40), "images need");
        Refused(new Preprocessing(), Port(ElementType.Float32, "N", 4, 32, 32), "neither axis 1 nor axis 3");
    }

    private static void Refused(Preprocessing? steps, ModelPort port, string text)
    {
        Diagnostic error = Assert.Throws<QuantException>(() => ImageTarget.Of(steps, [port], NoAxes, "m.onnx")).Diagnostic;

        Assert.Equal((Codes.ImagesDoNotSuit, "m.onnx"), (error.Code, error.File));
        Assert.Contains(text, error.Text, StringComparison.Ordinal);
    }

    private static byte[] Bytes(Picture picture, Preprocessing steps, int width, int height) =>
        Run(picture, steps, Port(ElementType.UInt8, "N", height, width, 3));

    private static byte[] Run(Picture picture, Preprocessing steps, ModelPort port) =>
        new ImagePipeline(ImageTarget.Of(steps, [port], NoAxes, "m.onnx")).Run(picture);

    private static ModelPort Port(ElementType type, params Dimension[] dims) => new("x", type, new Shape(dims));
}
