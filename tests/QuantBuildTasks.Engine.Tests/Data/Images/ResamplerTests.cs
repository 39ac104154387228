using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Data.Images;

namespace QuantBuildTasks.Engine.Tests.Data.Images;

/// <summary>Expected bytes and checksums (CRC-32) are those of <c>Image.resize</c> of Pillow 9.4.0 on the same pictures.</summary>
public sealed class ResamplerTests
{
    [Theory]
    [InlineData("Nearest", new byte[] { 135, 11, 187, 63, 173, 112, 116, 55, 211, 213, 45, 47 })]
    [InlineData("Box", new byte[] { 107, 140, 102, 120, 116, 145, 116, 140, 126, 128, 130, 132 })]
    [InlineData("Bilinear", new byte[] { 116, 125, 121, 122, 124, 143, 130, 138, 125, 130, 126, 131 })]
    [InlineData("Bicubic", new byte[] { 113, 129, 119, 122, 122, 145, 131, 137, 125, 128, 126, 132 })]
    [InlineData("Lanczos3", new byte[] { 112, 130, 117, 121, 122, 146, 133, 137, 124, 128, 125, 131 })]
    public void Small_grey_picture_becomes_what_Pillow_makes_of_it(string filter, byte[] expected) =>
        Assert.Equal(expected, Resampler.Resize(PngBytes.Pattern(13, 9, 1), 4, 3, Enum.Parse<ResizeFilter>(filter)).Pixels);

    [Theory]
    [InlineData("Nearest", 31, 45, 0x225D778Fu)]
    [InlineData("Nearest", 97, 20, 0x67B20D44u)]
    [InlineData("Nearest", 40, 61, 0xD3925F7Cu)]
    [InlineData("Nearest", 150, 130, 0x89B85DC5u)]
    [InlineData("Nearest", 1, 1, 0x1FD1B238u)]
    [InlineData("Nearest", 96, 61, 0x54C9A6D1u)]
    [InlineData("Box", 31, 45, 0x3BE281EEu)]
    [InlineData("Box", 97, 20, 0xD65B03E4u)]
    [InlineData("Box", 40, 61, 0x9991F604u)]
    [InlineData("Box", 150, 130, 0x89B85DC5u)]
    [InlineData("Box", 1, 1, 0x93886CD5u)]
    [InlineData("Box", 96, 61, 0x80A5592Eu)]
    [InlineData("Bilinear", 31, 45, 0x47A0D4E6u)]
    [InlineData("Bilinear", 97, 20, 0x3BC5AE53u)]
    [InlineData("Bilinear", 40, 61, 0x20B095DEu)]
    [InlineData("Bilinear", 150, 130, 0x361CB0D0u)]
    [InlineData("Bilinear", 1, 1, 0x93886CD5u)]
    [InlineData("Bilinear", 96, 61, 0xE2DCD11Du)]
    [InlineData("Bicubic", 31, 45, 0xCB8119EDu)]
    [InlineData("Bicubic", 97, 20, 0x67A3C3BFu)]
    [InlineData("Bicubic", 40, 61, 0x7DEBDB8Au)]
    [InlineData("Bicubic", 150, 130, 0x2040442Bu)]
    [InlineData("Bicubic", 1, 1, 0x93886CD5u)]
    [InlineData("Bicubic", 96, 61, 0x743254AAu)]
    [InlineData("Lanczos3", 31, 45, 0xF951B9D7u)]
    [InlineData("Lanczos3", 97, 20, 0x41220733u)]
    [InlineData("Lanczos3", 40, 61, 0xCABD1B1Fu)]
    [InlineData("Lanczos3", 150, 130, 0x91DDC76Eu)]
    [InlineData("Lanczos3", 1, 1, 0x93886CD5u)]
    [InlineData("Lanczos3", 96, 61, 0x5922C588u)]
    public void Colour_picture_becomes_what_Pillow_makes_of_it(string filter, int width, int height, uint expected)
    {
        Picture resized = Resampler.Resize(PngBytes.Pattern(97, 61, 3), width, height, Enum.Parse<ResizeFilter>(filter));

        Assert.Equal((width, height, 3), (resized.Width, resized.Height, resized.Channels));
        Assert.Equal(expected, Crc32.Of(resized.Pixels));
    }

    [Fact]
    public void Picture_of_one_value_keeps_it()
    {
        byte[] flat = new byte[30 * 20];
        Array.Fill(flat, (byte)200);

        Assert.All(Enum.GetValues<ResizeFilter>(), f => Assert.All(Resampler.Resize(new Picture(30, 20, 1, flat), 7, 41, f).Pixels, v => Assert.Equal(200, v)));
    }

    [Fact]
    public void Same_size_changes_nothing()
    {
        Picture picture = PngBytes.Pattern(9, 7, 3);

        Assert.All(Enum.GetValues<ResizeFilter>(), f => Assert.Equal(picture.Pixels, Resampler.Resize(picture, 9, 7, f).Pixels));
    }

    [Fact]
    public void Luma_is_that_of_Pillow() => Assert.Equal(0xD04CD335u, Crc32.Of(PngBytes.Pattern(97, 61, 3).ToGray().Pixels));
}
