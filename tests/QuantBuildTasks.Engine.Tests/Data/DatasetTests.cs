using CsCheck;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Data;

public sealed class DatasetTests : IDisposable
{
    private static readonly Dictionary<string, int?> NoAxes = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("dataset tests ü ").FullName;

    private readonly List<Dataset> _opened = [];

    public void Dispose()
    {
        // An open file cannot be deleted on Windows.
        _opened.ForEach(d => d.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Batches_are_slices_of_the_arrays()
    {
        Dataset data = Open([Npz("a.npz", ("x", Counting(5, 2)), ("labels", Tensor.Vector(0L, 1L, 2L, 3L, 4L)))], [Port("x", "N", 2)]);

        Assert.Equal(5, data.Count);
        Assert.Equal([new SampleRange(0, 2), new SampleRange(2, 2), new SampleRange(4, 1)], data.Batches(2));
        Assert.Equal([4f, 5f, 6f, 7f], data.Batch(new SampleRange(2, 2))["x"].Span<float>().ToArray());
        Assert.Equal([2L, 3L], data.ClassLabels(new SampleRange(2, 2))!);
    }

    [Fact]
    public void Neighbouring_samples_are_not_copied()
    {
        Dataset data = Open([Npz("a.npz", ("x", Counting(1000, 100)))], [Port("x", "N", 100)]);
        data.Batch(new SampleRange(0, 500));
        long before = GC.GetAllocatedBytesForCurrentThread();

        data.Batch(new SampleRange(0, 500));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
    }

    [Fact]
    public void Several_files_follow_each_other()
    {
        Dataset data = Open([Npz("a.npz", ("x", Counting(2, 1))), Npz("b.npz", ("x", Tensor.Of([9f], 1, 1)))], [Port("x", "N", 1)]);

        Assert.Equal([0f, 1f, 9f], data.Batch(new SampleRange(0, 3))["x"].Span<float>().ToArray());
        Assert.Equal([1f, 9f], data.Batch(new SampleRange(1, 2))["x"].Span<float>().ToArray());
    }

    [Fact]
    public void The_batch_may_lie_on_another_axis_and_some_inputs_have_none()
    {
        string file = Npz("a.npz", ("state", Counting(2, 3, 1)), ("rate", Tensor.Scalar(16000L)), ("x", Counting(3, 1)));
        ModelPort[] inputs = [Port("x", "N", 1), Port("state", 2, "N", 1), new("rate", ElementType.Int64, new Shape())];

        Dataset data = Open([file], inputs, new Dictionary<string, int?> { ["state"] = 1 });
        IReadOnlyDictionary<string, Tensor> batch = data.Batch(new SampleRange(1, 2));

        Assert.Equal([2L, 2L, 1L], batch["state"].Dims);
        Assert.Equal([1f, 2f, 4f, 5f], batch["state"].Span<float>().ToArray());
        Assert.Equal([16000L], batch["rate"].Span<long>().ToArray());
    }

    [Fact]
    public void A_batch_axis_of_an_input_that_is_not_there_is_refused_with_what_was_meant()
    {
        string file = Npz("a.npz", ("image", Counting(3, 1)));
        var axes = new Dictionary<string, int?> { ["imgae"] = 0 };

        Diagnostic refused = Assert.Throws<QuantException>(() => Dataset.Open([file], [Port("image", "N", 1)], axes, "m.onnx")).Diagnostic;

        Assert.Equal((Codes.InvalidValue, "m.onnx"), (refused.Code, refused.File));
        Assert.Contains("Did you mean 'image'?", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_input_without_a_batch_axis_is_given_whole()
    {
        string file = Npz("a.npz", ("x", Counting(3, 1)), ("table", Counting(4)));
        var axes = new Dictionary<string, int?> { ["table"] = null };

        Dataset data = Open([file], [Port("x", "N", 1), Port("table", 4)], axes);

        Assert.Equal(3, data.Count);
        Assert.Equal([4L], data.Batch(new SampleRange(2, 1))["table"].Dims);
    }

    [Fact]
    public void A_fixed_batch_size_is_kept_and_the_rest_left_out()
    {
        Dataset data = Open([Npz("a.npz", ("x", Counting(7, 1)))], [Port("x", 3, 1)]);

        Assert.Equal(6, data.Count);
        Assert.Equal([new SampleRange(0, 3), new SampleRange(3, 3)], data.Batches(50));
        Assert.Throws<ArgumentException>(() => data.Batch(new SampleRange(0, 2)));
    }

    [Fact]
    public void Part_of_the_samples_and_the_others_are_all_samples() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 12], Gen.Int[1, 4]).Sample((count, some, batch) =>
        {
            Dataset data = new([new BoundArray("x", [Counting(count)], 0)], null, [.. Enumerable.Range(0, count)], batch);

            (Dataset picked, Dataset others) = data.Part(some);

            Assert.Equal(Math.Min(some, count / batch) * batch, picked.Count);
            Assert.All(Content(picked).Chunk(batch), b => Assert.Equal([.. Enumerable.Range((int)b[0] / batch * batch, batch).Select(i => (float)i)], b));
            Assert.Equal(Enumerable.Range(0, count / batch * batch).Select(i => (float)i), Content(picked).Concat(Content(others)).Order());
        });

    [Fact]
    public void Part_meets_each_class_where_classes_take_turns()
    {
        Dataset data = new([new BoundArray("x", [Counting(1000)], 0)], null, [.. Enumerable.Range(0, 1000)], null);

        Assert.Equal(10, Content(data.Part(200).Picked).Select(s => s % 10).Distinct().Count());
    }

    [Fact]
    public void Mixed_samples_are_the_same_in_whole_batches()
    {
        Dataset data = Open([Npz("a.npz", ("x", Counting(40, 1)))], [Port("x", 4, 1)]);

        float[] mixed = Content(data.Mixed());

        Assert.Equal(Enumerable.Range(0, 40).Select(i => (float)i), mixed.Order());
        Assert.NotEqual(mixed.Order(), mixed);
        Assert.All(mixed.Chunk(4), b => Assert.Equal([b[0], b[0] + 1, b[0] + 2, b[0] + 3], b));
    }

    [Fact]
    public void First_takes_at_most_what_there_is()
    {
        Dataset data = Open([Npz("a.npz", ("x", Counting(3, 1)))], [Port("x", "N", 1)]);

        Assert.Equal([2, 3], [data.First(2).Count, data.First(9).Count]);
    }

    [Fact]
    public void First_takes_a_whole_batch_where_the_model_demands_one()
    {
        Dataset data = Open([Npz("a.npz", ("x", Counting(9, 1)))], [Port("x", 4, 1)]);

        Assert.Equal([4, 4, 8], [data.First(2).Count, data.First(7).Count, data.First(9).Count]);
    }

    [Fact]
    public void Spread_takes_one_sample_of_each_stretch()
    {
        Dataset any = Open([Npz("a.npz", ("x", Counting(10, 1)))], [Port("x", "N", 1)]);
        Dataset fixedSize = Open([Npz("b.npz", ("x", Counting(10, 1)))], [Port("x", 2, 1)]);

        Assert.Equal([0, 1, 2, 3], Content(any.Spread(4)).Select(s => Enumerable.Range(0, 4).Single(i => s >= i * 10 / 4 && s < (i + 1) * 10 / 4)));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (float)i), Content(any.Spread(99)));
        Assert.Equal([true, false], Content(fixedSize.Spread(1)).Select(s => s < 5));
    }

    [Fact]
    public void An_npy_is_the_only_input_whatever_the_file_is_called()
    {
        string images = Path.Combine(_folder, "pictures.npy");
        string labels = Path.Combine(_folder, "labels.npy");
        Write(images, Counting(2, 1));
        Write(labels, Tensor.Vector((byte)3, (byte)4));

        Dataset data = Open([images, labels], [Port("x", "N", 1)]);

        Assert.Equal([0f, 1f], data.Batch(new SampleRange(0, 2))["x"].Span<float>().ToArray());
        Assert.Equal([3L, 4L], data.ClassLabels(new SampleRange(0, 2))!);
    }

    [Fact]
    public void Labels_that_are_not_one_integer_each_are_no_classes()
    {
        Dataset oneHot = Open([Npz("a.npz", ("x", Counting(2, 1)), ("labels", Counting(2, 10)))], [Port("x", "N", 1)]);

        Assert.True(oneHot.HasLabels);
        Assert.Null(oneHot.ClassLabels(new SampleRange(0, 2)));
        Assert.Equal("Float32[2, 10]", oneHot.LabelsDescription);
    }

    [Fact]
    public void An_unknown_array_is_refused_with_what_was_meant()
    {
        Diagnostic refused = Refused([Npz("a.npz", ("imgae", Counting(2, 1)))], [Port("image", "N", 1)]);

        Assert.Equal(Codes.DataMismatch, refused.Code);
        Assert.Equal("m.onnx", refused.File);
        Assert.Contains("Did you mean 'image'?", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_array_is_refused()
    {
        Diagnostic refused = Refused([Npz("a.npz", ("x", Counting(2, 1)))], [Port("x", "N", 1), Port("mask", "N", 1)]);

        Assert.Equal(Codes.DataMismatch, refused.Code);
        Assert.Contains("'mask' has no array in the data (there are 'x')", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_type_is_refused_with_both_types()
    {
        Diagnostic refused = Refused([Npz("a.npz", ("x", Tensor.Of(new byte[2], 2, 1)))], [Port("x", "N", 1)]);

        Assert.Equal(Codes.DataMismatch, refused.Code);
        Assert.Contains("is uint8, but the model's input 'x' takes float32", refused.Text, StringComparison.Ordinal);
        Assert.Contains("x.astype('float32')", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_sizes_are_refused_with_both_shapes()
    {
        Assert.Contains("is [2, 28, 28], but the model's input 'x' takes [N, 1, 28, 28]", Refused([Npz("a.npz", ("x", Counting(2, 28, 28)))], [Port("x", "N", 1, 28, 28)]).Text, StringComparison.Ordinal);
        Assert.Contains("is [2, 4], but the model's input 'x' takes [N, 3]", Refused([Npz("b.npz", ("x", Counting(2, 4)))], [Port("x", "N", 3)]).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Symbolic_sizes_are_free() =>
        Assert.Equal(2, Open([Npz("a.npz", ("x", Counting(2, 7)))], [Port("x", "N", "length")]).Count);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Data_that_are_not_finite_are_refused_with_array_and_sample(float value)
    {
        Diagnostic refused = Refused([Npz("a.npz", ("x", Tensor.Of([0f, 1f, 2f, 3f, 4f, value], 3, 2)))], [Port("x", "N", 2)]);

        Assert.Equal(Codes.NotFinite, refused.Code);
        Assert.Contains("'x'", refused.Text, StringComparison.Ordinal);
        Assert.Contains("sample 2", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Different_numbers_of_samples_are_refused()
    {
        Assert.Equal(Codes.DataMismatch, Refused([Npz("a.npz", ("x", Counting(2, 1)), ("y", Counting(3, 1)))], [Port("x", "N", 1), Port("y", "N", 1)]).Code);
        Assert.Equal(Codes.LabelsMismatch, Refused([Npz("b.npz", ("x", Counting(2, 1)), ("labels", Counting(3)))], [Port("x", "N", 1)]).Code);
    }

    [Fact]
    public void No_samples_and_fewer_than_a_batch_are_refused()
    {
        Assert.Contains("no samples", Refused([Npz("a.npz", ("x", Counting(0, 1)))], [Port("x", "N", 1)]).Text, StringComparison.Ordinal);
        Assert.Contains("takes 4 samples at once", Refused([Npz("b.npz", ("x", Counting(2, 1)))], [Port("x", 4, 1)]).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_files_have_codes_of_their_own()
    {
        string text = Path.Combine(_folder, "text.npz");
        string pointer = Path.Combine(_folder, "pointer.npz");
        File.WriteAllText(text, "hello");
        File.WriteAllText(pointer, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");

        Assert.Equal(Codes.DataNotFound, Refused([Path.Combine(_folder, "missing.npz")], [Port("x", "N")]).Code);
        Assert.Equal(Codes.DataUnreadable, Refused([text], [Port("x", "N")]).Code);
        Assert.Equal(Codes.GitLfsPointer, Refused([pointer], [Port("x", "N")]).Code);
        Assert.Equal(Codes.ImagesDoNotSuit, Refused([_folder], [Port("x", "N")]).Code);
    }

    private static float[] Content(Dataset data) =>
        [.. data.Batches(1).SelectMany(b => data.Batch(b)["x"].Span<float>().ToArray())];

    private static Tensor Counting(params long[] dims) =>
        Tensor.Of(Enumerable.Range(0, (int)dims.Aggregate(1L, (a, b) => a * b)).Select(i => (float)i).ToArray(), dims);

    private static ModelPort Port(string name, params Dimension[] dims) => new(name, ElementType.Float32, new Shape(dims));

    private Dataset Open(string[] paths, ModelPort[] inputs, Dictionary<string, int?>? axes = null)
    {
        _opened.Add(Dataset.Open(paths, inputs, axes ?? NoAxes, "m.onnx"));
        return _opened[^1];
    }

    private Diagnostic Refused(string[] paths, ModelPort[] inputs) =>
        Assert.Throws<QuantException>(() => Open(paths, inputs)).Diagnostic;

    private string Npz(string name, params (string Name, Tensor Array)[] arrays)
    {
        string path = Path.Combine(_folder, name);
        NpzWriter.Write(path, arrays.Select(a => KeyValuePair.Create(a.Name, a.Array)));
        return path;
    }

    private static void Write(string path, Tensor tensor)
    {
        using FileStream stream = File.Create(path);
        NpyWriter.Write(stream, tensor);
    }
}
