using System.Text;
using CsCheck;
using QuantBuildTasks.Engine.Data.Images;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Tests.Data.Images;

/// <summary>The files were written by Pillow 9.4.0 from the pattern of 5 × 3 pixels.</summary>
public sealed class ImageFileTests : IDisposable
{
    private const string Rgb = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAIAAADUVFKvAAAAHElEQVR4nGNkMM1SRQKM0ROO6iABxm2vFYyRAADoygpEezMO7gAAAABJRU5ErkJggg==";
    private const string Palette = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADBAMAAACpGNjLAAAAMFBMVEWUyf626yCz6B2HvPGCt+xvpNlbkMVPhLlKf7TpHlMlWo/fFEkcUYYLQHUANWoAAACMPyf4AAAAFElEQVR4nGN41crAkKx9gUHyuAMAGSwD7hyHeosAAAAASUVORK5CYII=";
    private const string GreyAlpha = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAQAAADxPw1zAAAAGElEQVR4nGNkMFWFApboaB0oYNz22hgKAGAiBrOGoMTlAAAAAElFTkSuQmCC";
    private const string Rgba = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAADCAYAAABbNsX4AAAAH0lEQVR4nGNkMM2ar4oGGKMnHP2lgwYYt71WCDVGAwC7qg5Ch8Qa4AAAAABJRU5ErkJggg==";
    private const string Bmp = "Qk1mAAAAAAAAADYAAAAoAAAABQAAAAMAAAABABgAAAAAADAAAADEDgAAxA4AAAAAAAAAAAAAIOu2Ux7phlEcuYRP7LeCAMWQW/G8hx3os0kU33VACwBqNQCPWiW0f0rZpG/+yZQA";

    /// <summary>16 × 16 pixels of (16x, 16y, 8(x + y)), quality 90, no subsampling.</summary>
    private const string Jpeg = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAQABADAREAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAABwj/xAAZEAABBQAAAAAAAAAAAAAAAAAABgcjM6H/xAAYAQADAQEAAAAAAAAAAAAAAAAABQgGCf/EABgRAAMBAQAAAAAAAAAAAAAAAAADBiIy/9oADAMBAAIRAxEAPwCP0W0NcGAlwT1DzoeUW0NcGDxLinZ2i50MaLaGuDDDpccxZ2i50PKLaGuDB4lxTs9Q86P/2Q==";

    private readonly string _folder = Directory.CreateTempSubdirectory("bild größe ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Rgb, 3)]
    [InlineData(Palette, 3)]
    [InlineData(Bmp, 3)]
    public void Picture_is_read_as_it_was_written(string base64, int channels) =>
        Assert.Equal(PngBytes.Pattern(5, 3, channels).Pixels, ImageFile.Decode(Convert.FromBase64String(base64)).Pixels);

    [Theory]
    [InlineData(Rgba, 3, 4)]
    [InlineData(GreyAlpha, 1, 2)]
    public void Transparency_is_dropped(string base64, int channels, int written)
    {
        Picture picture = ImageFile.Decode(Convert.FromBase64String(base64));

        Assert.Equal((5, 3, channels), (picture.Width, picture.Height, picture.Channels));
        Assert.Equal(PngBytes.Pattern(5, 3, written).Pixels.Where((_, i) => i % written < channels), picture.Pixels);
    }

    [Fact]
    public void Jpeg_is_near_to_what_was_written()
    {
        Picture picture = ImageFile.Decode(Convert.FromBase64String(Jpeg));

        Assert.Equal((16, 16, 3), (picture.Width, picture.Height, picture.Channels));
        Assert.All(picture.Pixels.Select((v, i) => (Value: (int)v, C: i % 3, X: i / 3 % 16, Y: i / 48)), p =>
            Assert.InRange(p.Value - (p.C == 0 ? 16 * p.X : p.C == 1 ? 16 * p.Y : 8 * (p.X + p.Y)), -6, 6));
    }

    [Fact]
    public void What_a_file_is_shows_in_its_bytes_and_not_in_its_name()
    {
        string path = Write("really a png.jpg", Convert.FromBase64String(Rgb));

        Assert.Equal(3, ImageFile.Read(path, "m.onnx").Channels);
    }

    [Fact]
    public void Text_is_refused_by_name() =>
        Refused("note.png", "hello"u8.ToArray(), Codes.ImageUnreadable, "neither PNG nor JPEG nor BMP");

    [Fact]
    public void Empty_file_is_refused() => Refused("empty.png", [], Codes.ImageUnreadable, "neither PNG");

    [Fact]
    public void Git_lfs_pointer_is_refused() =>
        Refused("p.png", Encoding.ASCII.GetBytes("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"), Codes.GitLfsPointer, "git lfs pull");

    [Fact]
    public void Header_that_claims_too_many_pixels_is_refused_before_they_are_allocated()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();

        Refused("huge.png", PngBytes.Of(9_000, 8_000, 3, new byte[100]), Codes.ImageUnreadable, "9000 × 8000");

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    [Fact]
    public void Header_that_claims_more_pixels_than_the_bytes_can_hold_is_refused() =>
        Refused("empty sky.png", PngBytes.Of(7_000, 7_000, 3, new byte[100]), Codes.ImageUnreadable, "more than its");

    [Fact]
    public void Pixels_that_unpack_to_more_than_the_header_claims_are_refused() =>
        Refused("bomb.png", PngBytes.Of(10, 10, 3, new byte[1_000_000]), Codes.ImageUnreadable, "unpack to more than the 10 × 10");

    [Theory]
    [InlineData(Rgb, 70)]
    [InlineData(Bmp, 60)]
    [InlineData(Jpeg, 300)]
    public void File_that_is_cut_off_is_refused(string base64, int length) =>
        Refused("half.png", Convert.FromBase64String(base64)[..length], Codes.ImageUnreadable, "damaged or cut off");

    [Theory]
    [InlineData(Rgb)]
    [InlineData(Bmp)]
    [InlineData(Jpeg)]
    public void Damaged_files_give_a_picture_or_a_sentence(string base64)
    {
        byte[] whole = Convert.FromBase64String(base64);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[1, whole.Length]).Sample((at, value, length) =>
        {
            byte[] damaged = whole[..length];
            damaged[Math.Min(at, length - 1)] = value;
            try
            {
                Picture picture = ImageFile.Decode(damaged);
                Assert.Equal(picture.Width * picture.Height * picture.Channels, picture.Pixels.Length);
            }
            catch (InvalidDataException e)
            {
                Assert.NotEmpty(e.Message);
            }
        });
    }

    private void Refused(string name, byte[] bytes, string code, string text)
    {
        string path = Write(name, bytes);

        Diagnostic error = Assert.Throws<QuantException>(() => ImageFile.Read(path, "m.onnx")).Diagnostic;

        Assert.Equal((code, "m.onnx"), (error.Code, error.File));
        Assert.Contains(name, error.Text, StringComparison.Ordinal);
        Assert.Contains(text, error.Text, StringComparison.Ordinal);
    }

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
