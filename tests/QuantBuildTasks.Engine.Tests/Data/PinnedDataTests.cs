using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Tests.Data.TestSets;

namespace QuantBuildTasks.Engine.Tests.Data;

/// <summary>Data that were made before an input was pinned.</summary>
public sealed class PinnedDataTests : IDisposable
{
    private static readonly ModelPort X = new("x", ElementType.Float32, new Shape("N", 2));
    private static readonly ModelPort Rate = new("rate", ElementType.Int64, new Shape()) { Pinned = Tensor.Scalar(16000L) };
    private static readonly ModelPort Factor = new("factor", ElementType.Float32, new Shape(1)) { Pinned = Tensor.Vector(0.5f) };
    private readonly string _folder = Directory.CreateTempSubdirectory("pinned data ü ").FullName;
    private readonly List<Dataset> _opened = [];

    public void Dispose()
    {
        _opened.ForEach(d => d.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Data_need_not_hold_a_pinned_input() =>
        Assert.Equal(["x"], Open([Rate, X], ("x", Numbers)).Batch(new SampleRange(0, 3)).Keys);

    [Fact]
    public void The_pinned_value_may_stand_there_and_is_not_fed() =>
        Assert.Equal(["x"], Open([Rate, X], ("x", Numbers), ("rate", Tensor.Scalar(16000L))).Batch(new SampleRange(0, 3)).Keys);

    [Fact]
    public void It_may_stand_there_once_for_each_sample() =>
        Assert.Equal(3, Open([X, Rate], ("x", Numbers), ("rate", Tensor.Vector(16000L, 16000L, 16000L))).Count);

    [Theory]
    [InlineData(8000L, 16000L, 16000L)]
    [InlineData(16000L, 16000L, 8000L)]
    public void Another_value_is_refused(params long[] values)
    {
        Diagnostic error = Assert.Throws<QuantException>(() => Open([X, Rate], ("x", Numbers), ("rate", Tensor.Vector(values)))).Diagnostic;

        Assert.Equal(Codes.DataMismatch, error.Code);
        Assert.Contains("'rate'", error.Text, StringComparison.Ordinal);
        Assert.Contains("PinnedInputs", error.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_type_is_refused() =>
        Assert.Throws<QuantException>(() => Open([X, Rate], ("x", Numbers), ("rate", Tensor.Scalar(16000))));

    [Fact]
    public void BatchAxes_may_still_name_a_pinned_input()
    {
        string path = Npz(("x", Numbers));
        _opened.Add(Dataset.Open([path], [X, Rate], new Dictionary<string, int?> { ["rate"] = null }, "m.onnx"));

        Assert.Equal(3, _opened[0].Count);
    }

    [Fact]
    public void A_single_array_feeds_the_only_input_that_is_left()
    {
        string path = Path.Combine(_folder, "images.npy");
        using (FileStream stream = File.Create(path))
        {
            NpyWriter.Write(stream, Numbers);
        }

        _opened.Add(Dataset.Open([path], [Rate, X], new Dictionary<string, int?>(), "m.onnx"));

        Assert.Equal(3, _opened[0].Count);
    }

    [Fact]
    public void Numbers_of_test_data_count_the_inputs_of_the_file()
    {
        Put("test_data_set_0/input_0.pb", TensorBytes.Float(null, [1], 0.5f));
        Put("test_data_set_0/input_1.pb", TensorBytes.Float(null, [1, 2], 3, 4));
        Put("test_data_set_1/input_1.pb", TensorBytes.Float(null, [1, 2], 5, 6));
        _opened.Add(Dataset.Open([_folder], [Factor, X], new Dictionary<string, int?>(), "m.onnx"));

        Assert.Equal([3f, 4, 5, 6], _opened[0].Batch(new SampleRange(0, 2))["x"].Span<float>().ToArray());
    }

    private static Tensor Numbers => Tensor.Of([1f, 2, 3, 4, 5, 6], 3, 2);

    private Dataset Open(ModelPort[] inputs, params (string Name, Tensor Value)[] arrays)
    {
        Dataset data = Dataset.Open([Npz(arrays)], inputs, new Dictionary<string, int?>(), "m.onnx");
        _opened.Add(data);
        return data;
    }

    private string Npz(params (string Name, Tensor Value)[] arrays)
    {
        string path = Path.Combine(_folder, "data.npz");
        NpzWriter.Write(path, arrays.ToDictionary(a => a.Name, a => a.Value));
        return path;
    }

    private void Put(string path, byte[] bytes)
    {
        string full = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
    }
}
