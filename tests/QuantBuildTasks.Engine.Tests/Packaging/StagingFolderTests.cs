using QuantBuildTasks.Engine.Packaging;

namespace QuantBuildTasks.Engine.Tests.Packaging;

public sealed class StagingFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Folder_of_a_killed_process_goes_when_its_lock_was_removed_with_it()
    {
        Abandon("1", withLock: false);

        StagingFolder.Create(_folder.Path).Dispose();

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Folder_of_a_killed_process_goes_when_its_lock_was_left()
    {
        Abandon("1", withLock: true);
        File.WriteAllText(_folder[".staging-2.lock"], "");

        StagingFolder.Create(_folder.Path).Dispose();

        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Folder_of_a_live_process_stays()
    {
        using StagingFolder live = StagingFolder.Create(_folder.Path);
        Directory.CreateDirectory(_folder["Users"]);

        StagingFolder.Create(_folder.Path).Dispose();

        Assert.True(Directory.Exists(live.Path));
        Assert.True(Directory.Exists(_folder["Users"]));
    }

    private void Abandon(string name, bool withLock)
    {
        Directory.CreateDirectory(_folder[$".staging-{name}"]);
        File.WriteAllText(_folder[$".staging-{name}/half.onnx"], "half");
        if (withLock)
        {
            File.WriteAllText(_folder[$".staging-{name}.lock"], "");
        }
    }
}
