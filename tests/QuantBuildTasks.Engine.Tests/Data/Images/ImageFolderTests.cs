using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Data.Images;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Data.Images;

public sealed class ImageFolderTests : IDisposable
{
    private static readonly ModelPort Bytes = new("x", ElementType.UInt8, new Shape("N", 2, 3, 1));
    private readonly string _folder = Directory.CreateTempSubdirectory("bilder größe ").FullName;
    private readonly List<Dataset> _opened = [];

    public void Dispose()
    {
        _opened.ForEach(d => d.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Images_come_in_ordinal_order_of_their_paths_from_all_depths()
    {
        Png("b.png", 1);
        Png("a/z ü.PNG", 2);
        Png("a/b/c.png", 3);
        Png("B.png", 4);
        Png("a.png", 5);
        File.WriteAllText(Path.Combine(_folder, "notes.txt"), "no image");

        // 'B' < 'a'; '.' < '/' < letters.
        Assert.Equal([4, 5, 3, 2, 1], FirstBytes(Open()));
    }

    [Fact]
    public void Folder_without_sub_folders_has_no_labels()
    {
        Png("a.png", 1);

        Assert.False(Open().HasLabels);
    }

    [Fact]
    public void Sub_folders_are_classes_in_ordinal_order_and_empty_ones_count()
    {
        Png("cat/1.png", 1);
        Png("dog/2.png", 2);
        Png("Zebra/deep/3.png", 3);
        Directory.CreateDirectory(Path.Combine(_folder, "cow"));

        Dataset data = Open();

        Assert.Equal([3, 1, 2], FirstBytes(data));
        Assert.Equal([0L, 1, 3], data.ClassLabels(new SampleRange(0, 3))!);
    }

    [Fact]
    public void Classes_file_gives_another_order()
    {
        Png("cat/1.png", 1);
        Png("dog/2.png", 2);
        Text("classes.txt", "dog\nbird\n\ncat\n");

        Assert.Equal([2L, 0], Open().ClassLabels(new SampleRange(0, 2))!);
    }

    [Fact]
    public void Single_sub_folder_is_no_class()
    {
        Png("images/1.png", 1);

        Assert.False(Open().HasLabels);
    }

    [Fact]
    public void Labels_file_wins_over_sub_folders()
    {
        Png("x/a, b.png", 1);
        Png("y/ü.png", 2);
        Text("labels.csv", "path,label\ny/ü.png,7\n\"x/a, b.png\",3\n");

        Assert.Equal([3L, 7], Open().ClassLabels(new SampleRange(0, 2))!);
    }

    [Fact]
    public void Labels_file_may_name_classes()
    {
        Png("a.png", 1);
        Text("labels.csv", "a.png,dog");
        Text("classes.txt", "cat\ndog");

        Assert.Equal([1L], Open().ClassLabels(new SampleRange(0, 1))!);
    }

    [Theory]
    [InlineData("a.png,1\nc.png,2", "'c.png', but there is no such image")]
    [InlineData("a.png,1", "no line for 'b.png'")]
    [InlineData("a.png,1\nb.png,2\na.png,1", "a second time")]
    [InlineData("a.png 1", "Write relative/path.png,label")]
    [InlineData("a.png,dog\nb.png,1", "no whole number")]
    public void Wrong_labels_are_said(string labels, string text)
    {
        Png("a.png", 1);
        Png("b.png", 2);
        Text("labels.csv", labels);

        Refused(Codes.LabelsMismatch, text);
    }

    [Fact]
    public void Image_beside_class_folders_is_refused()
    {
        Png("cat/1.png", 1);
        Png("dog/1.png", 1);
        Png("x.png", 1);

        Refused(Codes.LabelsMismatch, "'x.png' lies in no sub-folder");
    }

    [Fact]
    public void Folder_that_classes_file_does_not_know_is_refused()
    {
        Png("cats/1.png", 1);
        Text("classes.txt", "cat");

        Refused(Codes.LabelsMismatch, "Did you mean 'cat'?");
    }

    [Fact]
    public void Empty_folder_is_refused() => Refused(Codes.DataNotFound, "no images");

    [Fact]
    public void Damaged_image_is_named()
    {
        Png("a.png", 1);
        Text("b.jpg", "text");

        Refused(Codes.ImageUnreadable, "b.jpg");
    }

    [Fact]
    public void Models_with_several_inputs_are_not_fed_by_images()
    {
        Png("a.png", 1);

        Diagnostic error = Assert.Throws<QuantException>(() => Dataset.Open([_folder], [Bytes, Bytes with { Name = "y" }], new Dictionary<string, int?>(), "m.onnx")).Diagnostic;

        Assert.Equal(Codes.ImagesDoNotSuit, error.Code);
        Assert.Contains("'x', 'y'", error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_and_npz_files_follow_each_other()
    {
        Png("one/a.png", 1);
        Png("two/b.png", 2);
        string npz = Path.Combine(_folder, "c.npz");
        NpzWriter.Write(npz, new Dictionary<string, Tensor> { ["x"] = Tensor.FromBytes(ElementType.UInt8, [1, 2, 3, 1], new byte[] { 3, 0, 0, 0, 0, 0 }) });

        Assert.Equal([2, 3, 1], FirstBytes(Open(Path.Combine(_folder, "two"), npz, Path.Combine(_folder, "one"))));
    }

    [Fact]
    public void Samples_that_do_not_fit_into_memory_lie_in_a_temporary_file_that_goes_with_the_data()
    {
        Png("a.png", 1);
        Png("b.png", 2);
        string temporary = Directory.CreateDirectory(Path.Combine(_folder, "tmp")).FullName;
        var large = new ModelPort("x", ElementType.Float32, new Shape("N", 3, 1200, 1200));
        string images = Path.Combine(_folder, "x");
        Directory.CreateDirectory(images);
        File.Move(Path.Combine(_folder, "a.png"), Path.Combine(images, "a.png"));

        using (Dataset data = Dataset.Open([images], [large], new Dictionary<string, int?>(), "m.onnx", new OpenFiles(temporary), new Preprocessing()))
        {
            Assert.Equal(1f, data.Batch(new SampleRange(0, 1))["x"].Span<float>()[0]);
        }

        Assert.Empty(Directory.EnumerateFiles(temporary));
    }

    private Dataset Open(params string[] paths)
    {
        Dataset data = Dataset.Open(paths.Length == 0 ? [_folder] : paths, [Bytes], new Dictionary<string, int?>(), "m.onnx");
        _opened.Add(data);
        return data;
    }

    private static int[] FirstBytes(Dataset data) =>
        [.. Enumerable.Range(0, data.Count).Select(i => (int)data.Batch(new SampleRange(i, 1))["x"].Bytes.Span[0])];

    private void Refused(string code, string text)
    {
        Diagnostic error = Assert.Throws<QuantException>(() => Open()).Diagnostic;

        Assert.Equal((code, "m.onnx"), (error.Code, error.File));
        Assert.Contains(text, error.Text, StringComparison.Ordinal);
    }

    /// <summary>A grey picture of 3 × 2 pixels that starts with a value.</summary>
    private void Png(string name, byte first)
    {
        string path = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, PngBytes.Of(new Picture(3, 2, 1, [first, 0, 0, 0, 0, 0])));
    }

    private void Text(string name, string content) => File.WriteAllText(Path.Combine(_folder, name), content);
}
