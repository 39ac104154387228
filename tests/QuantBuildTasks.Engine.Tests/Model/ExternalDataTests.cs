using System.Security.Cryptography;
using Google.Protobuf;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.ExternalData;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Tests.Model;

public sealed class ExternalDataTests : IDisposable
{
    private static readonly byte[] Data = [9, 9, 9, 9, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 9];

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("quant");
    private readonly string _folder;
    private readonly WeightFiles _weights = new();

    public ExternalDataTests()
    {
        _folder = _root.CreateSubdirectory("model").FullName;
        Directory.CreateDirectory(Path.Combine(_folder, "sub"));
        File.WriteAllBytes(Path.Combine(_folder, "w.bin"), Data);
        File.WriteAllBytes(Path.Combine(_folder, "sub", "w.bin"), Data);
        File.WriteAllBytes(Path.Combine(_root.FullName, "secret.bin"), Data);
    }

    public void Dispose()
    {
        _weights.Dispose();
        _root.Delete(recursive: true);
    }

    [Theory]
    [InlineData("w.bin")]
    [InlineData("./w.bin")]
    [InlineData("sub/w.bin")]
    [InlineData("sub\\w.bin")]
    public void Data_inside_the_folder_are_read_from_the_offset_on(string location) =>
        Assert.Equal([1f, -2f], Read(("location", location), ("offset", "4"), ("length", "8")));

    [Fact]
    public void Without_an_offset_the_data_start_at_the_front() => Assert.Equal(Data[..8], Bytes(("location", "w.bin")));

    /// <summary>The format recommends offsets that are multiples of 4096, and demands none.</summary>
    [Fact]
    public void Data_need_not_be_aligned() => Assert.Equal(Data[1..9], Bytes(("location", "w.bin"), ("offset", "1")));

    [Fact]
    public void Weights_cannot_be_looked_at_after_their_files_are_closed()
    {
        Tensor weight = ModelReader.ReadFile(Save(("location", "w.bin")), _weights).Graph.Initializers[0].Initializer!;
        _weights.Dispose();

        Assert.Throws<ObjectDisposedException>(() => weight.Span<float>().Length);
    }

    [Fact]
    public void Two_models_share_one_mapping()
    {
        string path = Save(("location", "w.bin"));

        Assert.Same(
            MappedFile.Find(ModelReader.ReadFile(path, _weights).Graph.Initializers[0].Initializer!.Bytes)!.Value.File,
            MappedFile.Find(ModelReader.ReadFile(path, _weights).Graph.Initializers[0].Initializer!.Bytes)!.Value.File);
    }

    [Fact]
    public void Made_weights_move_into_a_file()
    {
        using var weights = new WeightFiles(() => _root.FullName);
        Tensor made = Tensor.Of([1f, 2, 3], 3);

        Tensor kept = weights.Keep(made);

        Assert.Equal([1f, 2, 3], kept.Span<float>().ToArray());
        Assert.NotNull(MappedFile.Find(kept.Bytes));
        Assert.Same(kept, weights.Keep(kept));
    }

    [Fact]
    public void What_is_saved_holds_the_data_itself()
    {
        byte[] saved = ModelWriter.Write(ModelReader.ReadFile(Save(("location", "w.bin"), ("offset", "4")), _weights));

        Assert.Equal(Data[4..12], ModelProto.Parser.ParseFrom(saved).Graph.Initializer[0].RawData.ToByteArray());
        Assert.Empty(ModelProto.Parser.ParseFrom(saved).Graph.Initializer[0].ExternalData);
    }

    [Theory]
    [InlineData("../secret.bin")]
    [InlineData("..\\secret.bin")]
    [InlineData("sub/../../secret.bin")]
    [InlineData("/etc/hostname")]
    [InlineData("\\\\server\\share")]
    [InlineData("C:\\w.bin")]
    [InlineData("")]
    [InlineData("w.bin\0")]
    [InlineData("missing.bin")]
    [InlineData("sub")]
    public void Other_places_are_refused(string location) => AssertRefused(("location", location), ("offset", "4"));

    [Theory]
    [InlineData("offset", "6")]
    [InlineData("offset", "9223372036854775807")]
    [InlineData("offset", "-4")]
    [InlineData("offset", "four")]
    [InlineData("length", "7")]
    [InlineData("length", "9223372036854775807")]
    [InlineData("checksum", "00")]
    public void Parts_that_do_not_fit_are_refused(string key, string value) => AssertRefused(("location", "w.bin"), (key, value));

    [Fact]
    public void A_checksum_that_is_right_is_taken() =>
        Assert.Equal([1f, -2f], Read(("location", "w.bin"), ("offset", "4"), ("checksum", Sha1OfThePart())));

    [Fact]
    public void A_link_that_leads_outside_is_refused_and_one_that_stays_inside_is_followed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        File.CreateSymbolicLink(Path.Combine(_folder, "out.bin"), "../secret.bin");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "up"), "..");
        File.CreateSymbolicLink(Path.Combine(_folder, "by-up.bin"), "up/secret.bin");
        File.CreateSymbolicLink(Path.Combine(_folder, "loop.bin"), "loop.bin");
        File.CreateSymbolicLink(Path.Combine(_folder, "in.bin"), "sub/w.bin");

        Assert.All(["out.bin", "up/secret.bin", "by-up.bin", "loop.bin"], location => AssertRefused(("location", location)));
        Assert.Equal([1f, -2f], Read(("location", "in.bin"), ("offset", "4")));
    }

    [Fact]
    public void A_Git_LFS_pointer_in_place_of_the_data_says_what_to_run()
    {
        File.WriteAllText(Path.Combine(_folder, "pointer.bin"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
        string model = Save(("location", "pointer.bin"));

        Diagnostic refusal = Assert.Throws<QuantException>(() => ModelReader.ReadFile(model, _weights)).Diagnostic;

        Assert.Equal((Codes.GitLfsPointer, model), (refusal.Code, refusal.File));
        Assert.Contains("'pointer.bin'", refusal.Text, StringComparison.Ordinal);
        Assert.Contains("git lfs pull", refusal.Text, StringComparison.Ordinal);
    }

    private static string Sha1OfThePart()
    {
#pragma warning disable CA5350 // The format asks for it.
        return Convert.ToHexString(SHA1.HashData(Data.AsSpan(4, 8)));
#pragma warning restore CA5350
    }

    private byte[] Bytes(params (string Key, string Value)[] entries) =>
        ModelReader.ReadFile(Save(entries), _weights).Graph.Initializers[0].Initializer!.Bytes.ToArray();

    private float[] Read(params (string Key, string Value)[] entries) =>
        ModelReader.ReadFile(Save(entries), _weights).Graph.Initializers[0].Initializer!.Span<float>().ToArray();

    private void AssertRefused(params (string Key, string Value)[] entries)
    {
        Diagnostic refusal = Assert.Throws<QuantException>(() => Read(entries)).Diagnostic;
        Assert.Equal(Codes.ExternalData, refusal.Code);
        Assert.Contains("'w'", refusal.Text, StringComparison.Ordinal);
    }

    private string Save(params (string Key, string Value)[] entries)
    {
        var tensor = new TensorProto { Name = "w", DataType = 1, Dims = { 2 }, DataLocation = TensorProto.Types.DataLocation.External };
        tensor.ExternalData.AddRange(entries.Select(e => new StringStringEntryProto { Key = e.Key, Value = e.Value }));
        string path = Path.Combine(_folder, "m.onnx");
        File.WriteAllBytes(path, new ModelProto { Graph = new GraphProto { Initializer = { tensor } } }.ToByteArray());
        return path;
    }
}
