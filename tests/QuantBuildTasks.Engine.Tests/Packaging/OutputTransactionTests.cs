using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Packaging;

namespace QuantBuildTasks.Engine.Tests.Packaging;

public sealed class OutputTransactionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Commit_moves_files_and_manifest_into_place_and_leaves_nothing_else()
    {
        Publish("A/one.onnx", "A/index.tsv");

        Assert.Equal(["A/index.tsv", "A/one.onnx", ResultManifest.FileName], _folder.Files);
    }

    [Fact]
    public void Nothing_changes_without_a_commit()
    {
        Publish("A/one.onnx");
        byte[] manifest = File.ReadAllBytes(_folder[ResultManifest.FileName]);

        using (var outputs = OutputTransaction.Begin(_folder.Path))
        {
            outputs.Stage("A/one.onnx", [9, 9]);
        }

        Assert.Equal(["A/one.onnx", ResultManifest.FileName], _folder.Files);
        Assert.Equal("A/one.onnx"u8.ToArray(), File.ReadAllBytes(_folder["A/one.onnx"]));
        Assert.Equal(manifest, File.ReadAllBytes(_folder[ResultManifest.FileName]));
    }

    [Fact]
    public void Files_that_only_the_old_manifest_knows_are_removed()
    {
        Publish("A/one.onnx", "A/two.onnx");
        File.WriteAllText(_folder["A/users.txt"], "not ours");

        Publish("A/two.onnx");

        Assert.Equal(["A/two.onnx", "A/users.txt", ResultManifest.FileName], _folder.Files);
    }

    [Fact]
    public void File_with_the_same_bytes_keeps_its_time()
    {
        Publish("A/one.onnx");
        var before = new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(_folder["A/one.onnx"], before);

        Publish("A/one.onnx");

        Assert.Equal(before, File.GetLastWriteTimeUtc(_folder["A/one.onnx"]));
    }

    [Fact]
    public void Damaged_manifest_of_an_older_run_is_replaced()
    {
        File.WriteAllText(_folder[ResultManifest.FileName], "{ half of");

        Publish("A/one.onnx");

        Assert.NotNull(ResultManifest.Read(File.ReadAllBytes(_folder[ResultManifest.FileName])));
    }

    [Fact]
    public void Manifest_that_names_files_elsewhere_deletes_nothing_there()
    {
        using var elsewhere = new TemporaryFolder();
        File.WriteAllText(elsewhere["precious.txt"], "stay");
        File.WriteAllBytes(_folder[ResultManifest.FileName], Manifest(elsewhere["precious.txt"], "../" + Path.GetFileName(elsewhere.Path) + "/precious.txt").Write());

        Publish("A/one.onnx");

        Assert.Equal(["precious.txt"], elsewhere.Files);
    }

    [Theory]
    [InlineData("../outside.onnx")]
    [InlineData("A/../../outside.onnx")]
    [InlineData("/outside.onnx")]
    public void Path_outside_the_folder_is_refused(string path)
    {
        using var outputs = OutputTransaction.Begin(_folder.Path);

        Assert.Throws<ArgumentException>(() => outputs.Stage(path, [1]));
        Assert.Throws<ArgumentException>(() => outputs.WriteNow(path, [1]));
    }

    [Fact]
    public void What_a_killed_run_left_is_swept_away()
    {
        Directory.CreateDirectory(_folder[".staging-1234"]);
        File.WriteAllText(_folder[".staging-1234/half.onnx"], "half");
        File.WriteAllText(_folder[".staging-1234.lock"], "");

        Publish("A/one.onnx");

        Assert.Equal(["A/one.onnx", ResultManifest.FileName], _folder.Files);
    }

    [Fact]
    public void Run_beside_another_one_leaves_its_staged_files_alone()
    {
        using var first = OutputTransaction.Begin(_folder.Path);
        first.Stage("A/one.onnx", [1]);

        Publish("B/two.onnx");
        first.Commit(Manifest("A/one.onnx"));

        Assert.Equal([1], File.ReadAllBytes(_folder["A/one.onnx"]));
    }

    [Fact]
    public void Folder_that_cannot_be_made_is_a_finding()
    {
        File.WriteAllText(_folder["file"], "");

        QuantException e = Assert.Throws<QuantException>(() => OutputTransaction.Begin(_folder["file/below"]));

        Assert.Equal(Codes.CannotWrite, e.Diagnostic.Code);
    }

    private static ResultManifest Manifest(params string[] files) =>
        new([new ManifestModel("m.onnx", "A", 1, "resource", [.. files.Select(f => new ManifestResource(f, f, 1))], [], [], [])]);

    private void Publish(params string[] files)
    {
        using var outputs = OutputTransaction.Begin(_folder.Path);
        foreach (string file in files)
        {
            outputs.Stage(file, System.Text.Encoding.UTF8.GetBytes(file));
        }

        outputs.Commit(Manifest(files));
    }
}
