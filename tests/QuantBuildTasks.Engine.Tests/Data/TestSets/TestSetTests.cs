using CsCheck;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Data.Images;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization.Reading;
using QuantBuildTasks.Engine.Tests.Data.Images;

namespace QuantBuildTasks.Engine.Tests.Data.TestSets;

public sealed class TestSetTests : IDisposable
{
    private static readonly ModelPort X = new("x", ElementType.Float32, new Shape("N", 2));
    private static readonly ModelPort Y = new("y", ElementType.Float32, new Shape("N", 1));
    private readonly string _folder = Directory.CreateTempSubdirectory("onnx test data ü ").FullName;
    private readonly List<Dataset> _opened = [];

    public void Dispose()
    {
        _opened.ForEach(d => d.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Sets_follow_each_other_in_the_order_of_their_numbers()
    {
        Put("test_data_set_10/input_0.pb", TensorBytes.Float("x", [1, 2], 7, 8));
        Put("test_data_set_2/input_0.pb", TensorBytes.Float("x", [2, 2], 3, 4, 5, 6));
        Put("test_data_set_0/input_0.pb", TensorBytes.FloatInTypedField("x", [1, 2], 1, 2));
        Put("test_data_set_0/output_0.pb", [0xFF]);
        Put("model.onnx", [0xFF]);

        Dataset data = Open([X]);

        Assert.Equal(4, data.Count);
        Assert.Equal([1f, 2, 3, 4, 5, 6, 7, 8], Values(data, "x"));
        Assert.False(data.HasLabels);
    }

    [Fact]
    public void Folder_may_be_one_set()
    {
        Put("input_0.pb", TensorBytes.Float("x", [1, 2], 1, 2));

        Assert.Equal([1f, 2], Values(Open([X]), "x"));
    }

    [Fact]
    public void Older_name_of_the_folders_is_known()
    {
        Put("test_data_0/input_0.pb", TensorBytes.Float("x", [1, 2], 1, 2));

        Assert.Equal([1f, 2], Values(Open([X]), "x"));
    }

    [Fact]
    public void Names_say_which_input_a_file_is_for()
    {
        Put("test_data_set_0/input_0.pb", TensorBytes.Float("y", [1, 1], 9));
        Put("test_data_set_0/input_1.pb", TensorBytes.Float("x", [1, 2], 1, 2));

        Dataset data = Open([X, Y]);

        Assert.Equal([1f, 2], Values(data, "x"));
        Assert.Equal([9f], Values(data, "y"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("data")]
    public void Numbers_say_it_where_names_do_not(string? name)
    {
        Put("test_data_set_0/input_1.pb", TensorBytes.Float(name, [1, 1], 9));
        Put("test_data_set_0/input_0.pb", TensorBytes.Float("x", [1, 2], 1, 2));

        Dataset data = Open([X, Y]);

        Assert.Equal([1f, 2], Values(data, "x"));
        Assert.Equal([9f], Values(data, "y"));
    }

    [Fact]
    public void Name_of_another_input_than_the_number_says_is_refused()
    {
        Put("test_data_set_0/input_0.pb", TensorBytes.Float("y", [1, 1], 9));
        Put("test_data_set_0/input_1.pb", TensorBytes.Float(null, [1, 2], 1, 2));

        Refused([X, Y], Codes.DataMismatch, "tensor 'y', but input 0 of the model is 'x'");
    }

    [Fact]
    public void More_files_than_inputs_are_refused()
    {
        Put("test_data_set_0/input_0.pb", TensorBytes.Float("x", [1, 2], 1, 2));
        Put("test_data_set_0/input_1.pb", TensorBytes.Float(null, [1, 1], 9));

        Refused([X], Codes.DataMismatch, "no input 1");
    }

    [Fact]
    public void Set_without_one_of_the_inputs_is_named()
    {
        Put("test_data_set_0/input_0.pb", TensorBytes.Float("x", [1, 2], 1, 2));
        Put("test_data_set_0/input_1.pb", TensorBytes.Float("y", [1, 1], 9));
        Put("test_data_set_1/input_1.pb", TensorBytes.Float("y", [1, 1], 9));

        Refused([X, Y], Codes.DataMismatch, "test_data_set_1' has no file for the model's input 'x'");
    }

    [Fact]
    public void Sets_whose_inputs_would_be_paired_wrongly_are_refused_though_the_sums_agree()
    {
        Put("test_data_set_0/input_0.pb", TensorBytes.Float("x", [1, 2], 1, 2));
        Put("test_data_set_0/input_1.pb", TensorBytes.Float("y", [2, 1], 8, 9));
        Put("test_data_set_1/input_0.pb", TensorBytes.Float("x", [2, 2], 1, 2, 3, 4));
        Put("test_data_set_1/input_1.pb", TensorBytes.Float("y", [1, 1], 9));

        Refused([X, Y], Codes.DataMismatch, "'x' has 1, 'y' has 2");
    }

    [Fact]
    public void Input_without_a_batch_axis_is_the_same_in_all_sets()
    {
        ModelPort rate = new("rate", ElementType.Float32, new Shape());
        Put("test_data_set_0/input_0.pb", TensorBytes.Float("x", [1, 2], 1, 2));
        Put("test_data_set_0/input_1.pb", TensorBytes.Float("rate", [], 16));
        Put("test_data_set_1/input_0.pb", TensorBytes.Float("x", [1, 2], 3, 4));
        Put("test_data_set_1/input_1.pb", TensorBytes.Float("rate", [], 16));

        Dataset data = Open([X, rate]);

        Assert.Equal(2, data.Count);
        Assert.Equal([16f], Values(data, "rate"));

        Put("test_data_set_1/input_1.pb", TensorBytes.Float("rate", [], 8));
        Refused([X, rate], Codes.DataMismatch, "must be equal");
    }

    [Fact]
    public void Shape_that_the_model_does_not_take_is_refused()
    {
        Put("test_data_set_0/input_0.pb", TensorBytes.Float("x", [1, 3], 1, 2, 3));

        Refused([X], Codes.DataMismatch, "[1, 3]");
    }

    [Fact]
    public void Elements_that_do_not_fill_the_shape_are_refused()
    {
        Put("test_data_set_0/input_0.pb", TensorBytes.Float("x", [1, 2], 1));

        Refused([X], Codes.DataUnreadable, "input_0.pb");
    }

    [Theory]
    [InlineData(8)]
    [InlineData(22)]
    [InlineData(0)]
    public void Strings_and_elements_of_less_than_a_byte_are_refused(int type)
    {
        Put("test_data_set_0/input_0.pb", TensorBytes.OfType(type));

        Refused([X], Codes.DataUnreadable, "at least 8 bits");
    }

    [Fact]
    public void Damaged_file_is_named()
    {
        Put("test_data_set_0/input_0.pb", TensorBytes.Float("x", [1, 2], 1, 2)[..^3]);

        Refused([X], Codes.DataUnreadable, "damaged");
    }

    [Fact]
    public void Sizes_that_no_memory_holds_are_refused()
    {
        Put("test_data_set_0/input_0.pb", TensorBytes.Float("x", [1L << 40, 1L << 40], 1));

        Refused([X], Codes.DataUnreadable, "no file can hold");
    }

    [Fact]
    public void Damaged_bytes_give_a_tensor_or_a_sentence()
    {
        byte[] whole = TensorBytes.FloatInTypedField("x", [1, 2], 1, 2);
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Int[0, whole.Length]).Sample((at, value, length) =>
        {
            byte[] damaged = [.. whole];
            damaged[at] = value;
            try
            {
                TensorFile.Read(damaged[..length]);
            }
            catch (InvalidDataException e)
            {
                Assert.NotEmpty(e.Message);
            }
        });
    }

    [Fact]
    public void Elements_in_another_file_are_refused()
    {
        Put("test_data_set_0/input_0.pb", TensorBytes.External("x"));

        Refused([X], Codes.DataUnreadable, "another file");
    }

    [Fact]
    public void Git_lfs_pointer_is_refused()
    {
        Put("test_data_set_0/input_0.pb", "version https://git-lfs.github.com/spec/v1\n"u8.ToArray());

        Refused([X], Codes.GitLfsPointer, "git lfs pull");
    }

    [Fact]
    public void Model_that_takes_no_tensor_is_refused_as_such_and_not_its_data()
    {
        // The bytes of a SequenceProto mean other things as a TensorProto.
        Put("test_data_set_0/input_0.pb", [0x0A, 0x02, (byte)'x', (byte)'s', 0x10, 0x01, 0x1A, 0x00]);

        Refused([new ModelPort("x", ElementType.Undefined, null)], Codes.ModelUnsupported, "input 'x' is no tensor");
    }

    [Fact]
    public void Model_that_takes_strings_or_does_not_say_its_rank_is_refused_as_such()
    {
        Refused([new ModelPort("x", ElementType.String, new Shape("N"))], Codes.ModelUnsupported, "input 'x' takes strings");
        Refused([new ModelPort("x", ElementType.Float32, null)], Codes.ModelUnsupported, "input 'x' has no shape");
    }

    [Fact]
    public void Sets_follow_npz_files_and_images()
    {
        ModelPort picture = new("x", ElementType.Float32, new Shape("N", 1, 1, 2));
        string npz = Path.Combine(_folder, "a.npz");
        NpzWriter.Write(npz, new Dictionary<string, Tensor> { ["x"] = Tensor.Of([1f, 2f], 1, 1, 1, 2) });
        Put("images/a.png", PngBytes.Of(new Picture(2, 1, 1, [3, 4])));
        Put("sets/test_data_set_0/input_0.pb", TensorBytes.Float("x", [1, 1, 1, 2], 5, 6));

        string[] paths = [npz, Path.Combine(_folder, "images"), Path.Combine(_folder, "sets")];
        Dataset data = Dataset.Open(paths, [picture], new Dictionary<string, int?>(), "m.onnx", new Preprocessing { Layout = ImageLayout.Nchw });
        _opened.Add(data);

        Assert.Equal([1f, 2, 3, 4, 5, 6], Values(data, "x"));
    }

    private static float[] Values(Dataset data, string input) => data.Batch(new SampleRange(0, data.Count))[input].Span<float>().ToArray();

    private Dataset Open(ModelPort[] inputs)
    {
        Dataset data = Dataset.Open([_folder], inputs, new Dictionary<string, int?>(), "m.onnx");
        _opened.Add(data);
        return data;
    }

    private void Refused(ModelPort[] inputs, string code, string text)
    {
        Diagnostic error = Assert.Throws<QuantException>(() => Open(inputs)).Diagnostic;

        Assert.Equal((code, "m.onnx"), (error.Code, error.File));
        Assert.Contains(text, error.Text, StringComparison.Ordinal);
    }

    private void Put(string path, byte[] bytes)
    {
        string full = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
    }
}
