using QuantBuildTasks.Engine.Data.Images;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Tool.Requests.Settings;

namespace QuantBuildTasks.Tool.Tests.Requests.Settings;

public sealed class PreprocessTextTests
{
    [Fact]
    public void All_keys_are_read()
    {
        Preprocessing steps = Parse("size=320x240;resize=bicubic;shorter=256;crop=224;fit=contain;pad=1,2,3;scale=1/255;mean=0.485,0.456,0.406;std=0.229,0.224,0.225;layout=NCHW;colour=BGR");

        Assert.Equal((320, 240), (steps.Width, steps.Height));
        Assert.Equal((256, 224, 224), (steps.Shorter, steps.CropWidth, steps.CropHeight));
        Assert.Equal((ResizeFilter.Bicubic, ImageFit.Contain), (steps.Filter, steps.Fit));
        Assert.Equal((ImageLayout.Nchw, ColourOrder.Bgr), (steps.Layout, steps.Colour));
        Assert.Equal((1f, 255f), (steps.Scale, steps.ScaleDivisor));
        Assert.Equal([0.485f, 0.456f, 0.406f], steps.Mean);
        Assert.Equal([0.229f, 0.224f, 0.225f], steps.Std);
        Assert.Equal([1, 2, 3], steps.Pad);
    }

    [Fact]
    public void Keys_and_words_are_read_without_case_and_with_space_around()
    {
        Preprocessing steps = Parse(" Color = gray ; LAYOUT=nhwc; Scale = 2 / 255 ; mean=-1.5e-1;");

        Assert.Equal((ImageLayout.Nhwc, ColourOrder.Gray, 2f, 255f), (steps.Layout, steps.Colour, steps.Scale, steps.ScaleDivisor));
        Assert.Equal([-0.15f], steps.Mean);
    }

    [Fact]
    public void What_is_not_written_has_its_default()
    {
        Preprocessing steps = Parse("scale=1/255");

        Assert.Null(steps.Width);
        Assert.Null(steps.Layout);
        Assert.Equal(ResizeFilter.Bilinear, steps.Filter);
        Assert.Equal(ImageFit.Stretch, steps.Fit);
    }

    [Theory]
    [InlineData("means=1", "Did you mean 'mean'?")]
    [InlineData("size", "key=value")]
    [InlineData("size=", "key=value")]
    [InlineData("size=0x5", "whole number of pixels")]
    [InlineData("size=1x2x3", "width x height")]
    [InlineData("shorter=70000", "from 1 to 65535")]
    [InlineData("resize=bilinaer", "Did you mean 'bilinear'?")]
    [InlineData("fit=fill", "Allowed: stretch, cover, contain")]
    [InlineData("pad=0", "pad needs fit=contain")]
    [InlineData("fit=contain;pad=256", "from 0 to 255")]
    [InlineData("scale=1/0", "a fraction")]
    [InlineData("scale=0", "a fraction")]
    [InlineData("scale=1/2/3", "a fraction")]
    [InlineData("mean=0.5,0.5", "or three")]
    [InlineData("mean=half", "decimal point")]
    [InlineData("std=0", "above 0")]
    [InlineData("colour=RGB;color=BGR", "colour twice")]
    [InlineData("scale=1;scale=2", "scale twice")]
    [InlineData("colour=red", "Allowed: RGB, BGR, Gray")]
    public void Mistakes_are_said(string text, string said)
    {
        Diagnostic error = Assert.Throws<QuantException>(() => Parse(text)).Diagnostic;

        Assert.Equal((Codes.InvalidValue, "m.onnx"), (error.Code, error.File));
        Assert.Contains(said, error.Text, StringComparison.Ordinal);
    }

    private static Preprocessing Parse(string text) => PreprocessText.Parse(new Setting("Preprocess", text, "m.onnx"));
}
