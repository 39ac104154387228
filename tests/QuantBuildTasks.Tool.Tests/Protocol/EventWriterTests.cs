using System.Text;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Tool.Protocol;

namespace QuantBuildTasks.Tool.Tests.Protocol;

public sealed class EventWriterTests : IDisposable
{
    private readonly MemoryStream _stream = new();

    public void Dispose() => _stream.Dispose();

    [Fact]
    public void Lines_are_those_of_the_protocol()
    {
        EventWriter events = Writer();
        events.Finding(Diagnostic.Error(Codes.AccuracyRegressed, "top-1 fell\nby 2.3 points", "models/fäshion.onnx") with { Profile = "x64-vnni" });
        events.Finding(Diagnostic.Warning(Codes.UnusedPattern, "No \"node\" matches."));
        events.Finding(Diagnostic.Message(Codes.TooFewSamples, "Too few."));
        events.Result("fashion.onnx → x64-vnni: int8, 3.9× smaller");
        events.Progress("models/fashion.onnx", new QuantProgress("calibration", 0.25));

        Assert.Equal(
            """
            ##qb {"event":"diagnostic","severity":"error","code":"QBT3001","file":"models/fäshion.onnx","text":"x64-vnni: top-1 fell by 2.3 points"}
            ##qb {"event":"diagnostic","severity":"warning","code":"QBT1027","file":null,"text":"No \"node\" matches."}
            ##qb {"event":"diagnostic","severity":"message","code":"QBT3010","file":null,"text":"Too few."}
            ##qb {"event":"result","text":"fashion.onnx → x64-vnni: int8, 3.9× smaller"}
            ##qb {"event":"progress","model":"models/fashion.onnx","stage":"calibration","fraction":0.25}

            """.ReplaceLineEndings("\n"),
            Encoding.UTF8.GetString(_stream.ToArray()));
    }

    [Fact]
    public void There_is_no_byte_order_mark()
    {
        Writer().Result("×");

        Assert.Equal((byte)'#', _stream.ToArray()[0]);
    }

    [Fact]
    public void Progress_is_said_once_per_percent_and_stage()
    {
        EventWriter events = Writer();
        for (int i = 0; i <= 10_000; i++)
        {
            events.Progress("m", new QuantProgress("calibration", i / 10_000.0));
        }

        events.Progress("m", new QuantProgress("validation", 1));

        Assert.Equal(101 + 1, Encoding.UTF8.GetString(_stream.ToArray()).Count(c => c == '\n'));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-1)]
    [InlineData(2)]
    public void Fraction_outside_its_range_still_makes_valid_json(double fraction)
    {
        Writer().Progress("m", new QuantProgress("s", fraction));

        Assert.Matches("\"fraction\":[01]}\n$", Encoding.UTF8.GetString(_stream.ToArray()));
    }

    [Fact]
    public void Broken_pipe_is_told_once_and_nothing_more_is_written()
    {
        int gone = 0;
        var events = new EventWriter(new BrokenStream(), () => gone++);

        events.Result("a");
        events.Result("b");

        Assert.Equal(1, gone);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0, "w:QBT1027")]
    [InlineData(1, "QBT9001", "QBT1001", "QBT3001")]
    [InlineData(2, "QBT3001", "QBT1001", "QBT2001")]
    [InlineData(2, "QBT4001")]
    [InlineData(2, "QBT5002")]
    [InlineData(3, "QBT3001")]
    [InlineData(4, "QBT2001", "QBT3001")]
    public void Exit_code_is_that_of_the_error_to_mend_first(int expected, params string[] codes) => Assert.Equal(
        expected,
        ExitCode.Of(codes.Select(c => c.StartsWith("w:", StringComparison.Ordinal) ? Diagnostic.Warning(c[2..], "") : Diagnostic.Error(c, ""))));

    private EventWriter Writer() => new(_stream, () => throw new InvalidOperationException("The stream is fine."));

    private sealed class BrokenStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("Broken pipe");
    }
}
