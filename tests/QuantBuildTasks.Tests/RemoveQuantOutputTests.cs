namespace QuantBuildTasks.Tests;

public sealed class RemoveQuantOutputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingEngine _engine = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Everything_goes()
    {
        _folder.Write("obj/M/a.onnx", "");
        _folder.Write("obj/quant.stamp", "");
        _folder.Write("obj/quant.lock", "");

        Assert.True(Run());
        Assert.False(Directory.Exists(_folder["obj"]));
        Assert.True(Run());
    }

    [Fact]
    public void Running_build_is_waited_for()
    {
        _folder.Write("obj/M/a.onnx", "");
        FileStream other = new(_folder["obj/quant.lock"], FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        bool artifactWasThere = false;
        _engine.OnMessage = text =>
        {
            artifactWasThere = File.Exists(_folder["obj/M/a.onnx"]);
            other.Dispose();
        };

        Assert.True(Run());

        Assert.True(artifactWasThere);
        Assert.False(Directory.Exists(_folder["obj"]));
    }

    private bool Run()
    {
        using var task = new RemoveQuantOutput { BuildEngine = _engine, OutputDirectory = _folder["obj/"] };
        return task.Execute();
    }
}
