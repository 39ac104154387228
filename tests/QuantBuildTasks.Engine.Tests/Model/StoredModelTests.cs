using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.ExternalData;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Tests.Model;

public sealed class StoredModelTests : IDisposable
{
    private const int Outputs = 600;

    private static readonly float[] Bias = [.. Enumerable.Range(0, Outputs).Select(i => (float)i)];

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("quant");
    private readonly WeightFiles _weights;

    public StoredModelTests() => _weights = new WeightFiles(() => _root.CreateSubdirectory("work").FullName);

    public void Dispose()
    {
        _weights.Dispose();
        _root.Delete(recursive: true);
    }

    [Fact]
    public void A_model_in_memory_is_stored_whole()
    {
        var stored = ModelWriter.Store(Net());

        Assert.True(stored.IsWhole);
        Assert.Equal(ModelWriter.Write(Net()), stored.Graph);
        Assert.Equal(stored.Graph.Length, stored.Size);
    }

    [Fact]
    public void Large_weights_of_a_large_model_move_into_files_and_it_computes_the_same()
    {
        OnnxModel model = Net();
        model.Weights = _weights;

        var stored = ModelWriter.Store(model);

        Assert.Equal(RealPath.Of(Path.Combine(_root.FullName, "work")), stored.Folder);
        Assert.InRange(stored.Graph.Length, 1, 4096);
        Assert.Equal(64 * Outputs * sizeof(float), stored.BytesOutside);
        Assert.Equal(Run(Net()), Run(stored));
        Assert.Equal(Run(Net()), Run(ModelWriter.Store(ModelReader.Read(stored))));
    }

    [Fact]
    public void Storing_again_writes_no_weight_again()
    {
        OnnxModel model = Net();
        model.Weights = _weights;
        ModelWriter.Store(model);
        ModelWriter.Store(ModelWriter.Copy(model));

        Assert.Single(_root.GetFiles("*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Weights_of_the_user_and_weights_that_were_made_are_named_from_the_folder_above_both()
    {
        OnnxModel model = Reread();
        model.Weights = _weights;
        model.Graph.SetInitializer(model.Graph.Find("b")!, Tensor.Of(Enumerable.Repeat(2f, 1 << 15).ToArray(), 1 << 15));

        var stored = ModelWriter.Store(model);

        Assert.Equal(RealPath.Of(_root.FullName), stored.Folder);
        IEnumerable<string> locations = ModelProto.Parser.ParseFrom(stored.Graph).Graph.Initializer.SelectMany(t => t.ExternalData).Where(e => e.Key == "location").Select(e => e.Value);
        Assert.Equal(["net.data", "work/weights-1.data"], locations.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_copy_shares_the_weights_and_nothing_else()
    {
        OnnxModel model = Net();

        OnnxModel copy = ModelWriter.Copy(model);
        copy.Graph.Rename(copy.Graph.Find("y")!, "z");

        Assert.True(model.Graph.Find("w")!.Initializer!.Bytes.Equals(copy.Graph.Find("w")!.Initializer!.Bytes));
        Assert.NotNull(model.Graph.Find("y"));
        Assert.Equal(ModelWriter.Write(Net()), ModelWriter.Write(model));
        Assert.Equal(ModelWriter.Write(Net()), ModelWriter.Write(ModelWriter.Copy(model)));
    }

    [Fact]
    public void Two_files_hold_what_one_holds_with_large_tensors_at_pages()
    {
        OnnxModel read = Reread();

        Assert.Equal(ModelWriter.Write(Net()), ModelWriter.Write(read));
        var offsets = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(_root.FullName, "net.onnx"))).Graph.Initializer
            .ToDictionary(t => t.Name, t => t.ExternalData.Where(e => e.Key == "offset").Select(e => long.Parse(e.Value, System.Globalization.CultureInfo.InvariantCulture)).ToArray());
        Assert.Equal([0], offsets["w"]);
        Assert.Equal([((64 * Outputs * sizeof(float)) + 4095) / 4096 * 4096], offsets["b"]);
        Assert.Empty(offsets["s"]);
    }

    [Fact]
    public void One_file_is_made_of_weights_in_files()
    {
        OnnxModel model = Reread();
        model.Weights = _weights;
        var stream = new MemoryStream();

        ModelWriter.Store(model).WriteTo(stream);

        Assert.Equal(ModelWriter.Write(Net()), stream.ToArray());
    }

    [Fact]
    public void Constants_of_functions_lie_in_the_second_file_too_and_are_read_from_it()
    {
        byte[] whole = ModelWriter.Write(Calling());

        OnnxModel read = Reread(whole);

        Assert.Equal(Bias, Assert.IsType<Tensor>(read.Functions[0].Body.Nodes[0].Attribute("value")!.Value).Span<float>().ToArray());
        Assert.Equal(whole, ModelWriter.Write(read));
        Assert.InRange(new FileInfo(Path.Combine(_root.FullName, "net.onnx")).Length, 1, 1024);
        read.Weights = _weights;
        StoredModel stored = ModelWriter.Store(read);
        Assert.Equal(Bias.Length * sizeof(float), stored.BytesOutside);
        Assert.Equal(whole, ModelWriter.Write(ModelReader.Read(stored)));
        Assert.Equal(Run(Calling()), Run(stored));
    }

    [Theory]
    [InlineData("a", "/m/a/x.data", "/m/a/y.data")]
    [InlineData("", "/m/a/x.data", "/m/ab/y.data", "/m/z.data")]
    [InlineData("..", "/m/a/x.data", "/w/y.data")]
    public void Folder_of_all_files_is_the_deepest(string expected, params string[] paths) =>
        Assert.Equal(Path.GetFullPath(Path.Combine("/m", expected)), MappedTensors.CommonFolder([.. paths.Select(Path.GetFullPath)]));

    [Fact]
    public void Path_without_links_is_found_over_several_of_them()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need rights on Windows.");
        string real = RealPath.Of(_root.CreateSubdirectory("a/b").FullName);
        File.CreateSymbolicLink(Path.Combine(real, "f"), "../g");
        Directory.CreateSymbolicLink(Path.Combine(_root.FullName, "l"), "m");
        Directory.CreateSymbolicLink(Path.Combine(_root.FullName, "m"), real);
        Directory.CreateSymbolicLink(Path.Combine(_root.FullName, "o"), "o");

        Assert.Equal(Path.Combine(Path.GetDirectoryName(real)!, "g"), RealPath.Of(Path.Combine(_root.FullName, "l", "f")));
        Assert.Throws<IOException>(() => RealPath.Of(Path.Combine(_root.FullName, "o", "x")));
    }

    /// <summary>The net after it was written as two files.</summary>
    private OnnxModel Reread() => Reread(ModelWriter.Write(Net()));

    private OnnxModel Reread(byte[] whole)
    {
        string path = Path.Combine(_root.FullName, "net.onnx");
        using (FileStream data = File.Create(Path.ChangeExtension(path, ".data")))
        {
            File.WriteAllBytes(path, new StoredModel(whole).WriteParts("net.data", data));
        }

        return ModelReader.ReadFile(path, _weights);
    }

    private static float[] Run(OnnxModel model) => Run(ModelWriter.Write(model));

    private static float[] Run(StoredModel model)
    {
        using IInferenceSession session = new OrtInference().Open(model, new SessionSettings());
        float[] x = [.. Enumerable.Range(0, 64).Select(i => (i % 7) - 3f)];
        return session.Run(new Dictionary<string, Tensor> { ["x"] = Tensor.Of(x, 1, 64) })[0].Span<float>().ToArray();
    }

    /// <summary>y = x + bias, as a function that holds the bias.</summary>
    private static OnnxModel Calling() => new ModelBuilder()
        .Function("Biased", "a -> c", f => f.Node("Constant", " -> b", ("value", Tensor.Of(Bias, Outputs, 1))).Node("Add", "a b -> c"))
        .Input("x", "N", 64).Call("Biased", "x -> y").Output("y").Build();

    /// <summary>y = (x·w + b)·s, in whole numbers, which any order of sums gives exactly.</summary>
    private static OnnxModel Net()
    {
        var graph = new Graph("net");
        Value x = graph.AddInput("x", ElementType.Float32, new Shape("N", 64));
        Value w = graph.AddInitializer("w", Tensor.Of(Enumerable.Range(0, 64 * Outputs).Select(i => (float)(i % 11)).ToArray(), 64, Outputs));
        Value b = graph.AddInitializer("b", Tensor.Of(Enumerable.Range(0, Outputs).Select(i => (float)i).ToArray(), Outputs));
        Value s = graph.AddInitializer("s", Tensor.Scalar(2f));
        Value sum = graph.Append("Add", "sum", [graph.Append("MatMul", "product", [x, w]), b]);
        Value y = graph.Append("Mul", "y", [sum, s]);
        (y.Type, y.Shape) = (ElementType.Float32, new Shape("N", Outputs));
        graph.AddOutput(y);
        return new OnnxModel(graph) { IrVersion = 8, Opsets = { [""] = 17 } };
    }
}
