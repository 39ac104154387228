using QuantBuildTasks.Incremental;

namespace QuantBuildTasks.Tests;

public sealed class StampTests : IDisposable
{
    private static readonly byte[] Options = [1, 2, 3];
    private static readonly DateTime Now = new(2026, 3, 1, 12, 0, 0, DateTimeKind.Utc);

    private readonly TemporaryFolder _folder = new();
    private readonly string _model;
    private readonly string _output;
    private readonly string _stamp;

    public StampTests()
    {
        _model = _folder.Write("a.onnx", "model");
        _output = _folder.Write("out/a.onnx", "artifact");
        _stamp = _folder["out/quant.stamp"];
        File.SetLastWriteTimeUtc(_model, Now);
        Stamp.Write(_stamp, Stamp.Inputs(Options, [_model]), [], [_output]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_changed_means_no_run() => Assert.Null(Reason());

    [Fact]
    public void Without_a_stamp_the_worker_runs()
    {
        File.Delete(_stamp);

        Assert.Contains("no result", Reason(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-86400)]
    public void Newer_and_older_files_are_both_changes(int seconds)
    {
        File.SetLastWriteTimeUtc(_model, Now.AddSeconds(seconds));

        Assert.Equal($"'{_model}' is new or has changed", Reason());
    }

    [Fact]
    public void Other_length_at_the_same_time_is_a_change()
    {
        File.WriteAllText(_model, "model!");
        File.SetLastWriteTimeUtc(_model, Now);

        Assert.Contains("a.onnx' is new or has changed", Reason(), StringComparison.Ordinal);
    }

    [Fact]
    public void Vanished_input_is_a_change()
    {
        File.Delete(_model);

        Assert.Contains("a.onnx' is new or has changed", Reason(), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_options_are_a_change() =>
        Assert.Equal("the options have changed", Stamp.ReasonToRun(_stamp, Stamp.Inputs([9], [_model])));

    [Fact]
    public void Input_that_is_no_longer_named_is_a_change() =>
        Assert.Equal("there are fewer inputs than before", Stamp.ReasonToRun(_stamp, Stamp.Inputs(Options, [])));

    [Fact]
    public void Missing_output_is_made_again()
    {
        File.Delete(_output);

        Assert.Equal($"'{_output}' is missing or has changed", Reason());
    }

    [Fact]
    public void Output_of_other_length_is_made_again()
    {
        File.WriteAllText(_output, "cut");

        Assert.Equal($"'{_output}' is missing or has changed", Reason());
    }

    [Fact]
    public void Stamp_that_cannot_be_read_means_run()
    {
        using FileStream held = new(_stamp, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        Assert.Contains("cannot be checked", Reason(), StringComparison.Ordinal);
    }

    [Fact]
    public void Stamp_with_something_else_than_paths_means_run()
    {
        File.AppendAllText(_stamp, "output\t1\ta\0b\n");

        Assert.NotNull(Reason());
    }

    [Fact]
    public void File_that_a_model_names_is_an_input_as_it_was_when_it_was_read()
    {
        string data = _folder.Write("a.data", "weights");
        File.SetLastWriteTimeUtc(data, Now);
        Stamp.Write(_stamp, Stamp.Inputs(Options, [_model]), [new(data, 7, Now.Ticks)], [_output]);
        Assert.Null(Reason());
        Assert.Equal([data], Stamp.Found(_stamp));

        File.SetLastWriteTimeUtc(data, Now.AddSeconds(1));
        Assert.Equal($"'{data}' is missing or has changed", Reason());

        File.Delete(data);
        Assert.Equal($"'{data}' is missing or has changed", Reason());
    }

    private string? Reason() => Stamp.ReasonToRun(_stamp, Stamp.Inputs(Options, [_model]));
}
