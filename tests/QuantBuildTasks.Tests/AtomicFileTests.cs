using QuantBuildTasks.Incremental;

namespace QuantBuildTasks.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void File_is_written_where_there_is_one_and_where_there_is_none()
    {
        AtomicFile.Write(_folder["a/b.txt"], "one");
        AtomicFile.Write(_folder["a/b.txt"], "two");

        Assert.Equal("two", File.ReadAllText(_folder["a/b.txt"]));
        Assert.Single(Directory.GetFileSystemEntries(_folder["a"]));
    }

    [Fact]
    public void Failure_leaves_no_file_beside()
    {
        Directory.CreateDirectory(_folder["b.txt"]);

        Assert.ThrowsAny<Exception>(() => AtomicFile.Write(_folder["b.txt"], "one"));

        Assert.Equal([_folder["b.txt"]], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void Writers_and_deleters_at_once_leave_one_whole_file()
    {
        Parallel.For(0, 200, i =>
        {
            if (i % 5 == 0)
            {
                File.Delete(_folder["b.txt"]);
            }

            AtomicFile.WriteIfDifferent(_folder["b.txt"], new string((char)('a' + (i % 3)), 1000));
        });

        string text = File.ReadAllText(_folder["b.txt"]);
        Assert.Equal(1000, text.Length);
        Assert.Single(text.Distinct());
        Assert.Single(Directory.GetFileSystemEntries(_folder.Root));
    }

    [Fact]
    public void Held_file_is_tried_again_and_a_missing_one_is_not()
    {
        int tries = 0;

        Assert.Equal(3, Patience.Try(() => ++tries < 3 ? throw new IOException("held") : tries));
        Assert.Throws<FileNotFoundException>(() => Patience.Try<int>(() => ++tries > 4 ? throw new IOException("tried again") : throw new FileNotFoundException()));
    }
}
