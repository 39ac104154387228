using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Inference.Emulation;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Emulation;

/// <summary>The scoring program as a process, without an emulator: the same numbers as in this process, and one kind of finding for all that breaks.</summary>
public sealed class ScoringTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public void Session_in_another_process_gives_the_outputs_of_one_in_this_process()
    {
        byte[] model = ModelWriter.Write(Net().Build());
        var inputs = new Dictionary<string, Tensor> { ["x"] = Random("x", 3, 4, 8, 8), ["n"] = Tensor.Vector<long>(5) };
        using IInferenceSession here = new OrtInference().Open(model, new SessionSettings());
        using IInferenceSession there = Inference(Emulators.Unemulated).Open(model, new SessionSettings());

        Assert.Equal(here.Outputs.Select(o => (o.Name, o.Type)), there.Outputs.Select(o => (o.Name, o.Type)));
        for (int run = 0; run < 3; run++)
        {
            IReadOnlyList<Tensor> expected = here.Run(inputs);
            IReadOnlyList<Tensor> actual = there.Run(inputs);
            Assert.Equal(expected.Select(t => t.Type), actual.Select(t => t.Type));
            Assert.Equal(expected.Select(t => t.Dims), actual.Select(t => t.Dims));
            Assert.Equal(expected.Select(t => t.Bytes.ToArray()), actual.Select(t => t.Bytes.ToArray()));
        }
    }

    [Fact]
    public void Configuration_reaches_the_session()
    {
        byte[] model = ModelWriter.Write(Net().Build());
        var settings = new SessionSettings { Configuration = new Dictionary<string, string> { ["session.load_model_format"] = "ORT" } };

        QuantException e = Assert.Throws<QuantException>(() => Inference(Emulators.Unemulated).Open(model, settings));

        Assert.Equal(Codes.ModelUnsupported, e.Diagnostic.Code);
    }

    [Fact]
    public void Model_that_ONNX_Runtime_refuses_is_a_finding_with_its_reason()
    {
        QuantException e = Assert.Throws<QuantException>(() => Inference(Emulators.Unemulated).Open(new byte[] { 1, 2, 3 }, new SessionSettings()));

        Assert.Equal(Codes.ModelUnsupported, e.Diagnostic.Code);
        Assert.StartsWith("ONNX Runtime refuses the model under the emulator: ", e.Diagnostic.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Batch_that_does_not_fit_is_a_finding_and_the_next_one_runs()
    {
        using IInferenceSession session = Inference(Emulators.Unemulated).Open(ModelWriter.Write(Net().Build()), new SessionSettings());

        QuantException e = Assert.Throws<QuantException>(() => session.Run(new Dictionary<string, Tensor> { ["x"] = Random("x", 3, 5, 8, 8), ["n"] = Tensor.Vector<long>(5) }));

        Assert.Equal(Codes.ModelUnsupported, e.Diagnostic.Code);
        Assert.Equal(2, session.Run(new Dictionary<string, Tensor> { ["x"] = Random("x", 1, 4, 8, 8), ["n"] = Tensor.Vector<long>(5) }).Count);
    }

    [Fact]
    public void Tensor_that_ONNX_Runtime_cannot_wrap_is_a_finding_and_the_next_batch_runs()
    {
        using IInferenceSession session = Inference(Emulators.Unemulated).Open(ModelWriter.Write(Net().Build()), new SessionSettings());

        QuantException e = Assert.Throws<QuantException>(() => session.Run(new Dictionary<string, Tensor> { ["x"] = Random("x", 1, 4, 8, 8), ["n"] = Tensor.OfStrings(["five"], [1]) }));

        Assert.Equal(Codes.ModelUnsupported, e.Diagnostic.Code);
        Assert.Equal(2, session.Run(new Dictionary<string, Tensor> { ["x"] = Random("x", 1, 4, 8, 8), ["n"] = Tensor.Vector<long>(5) }).Count);
    }

    [Theory]
    [InlineData("/bin/false", "", "ended with exit code 1")]
    [InlineData("/bin/sh", "-c|kill -SEGV $$", "was ended by signal 11")]
    [InlineData("/bin/sh", "-c|echo one >&2; echo the reason >&2; exit 7", "ended with exit code 7. Its last lines: one | the reason")]
    [InlineData("/bin/echo", "something else entirely", "answered what makes no sense (It is not the scoring program of this version)")]
    [InlineData("/bin/sh", @"-c|printf '\015\000\000\000quant-score 1\003\000\000\000X64\005\000\000\0001.2.3\000\000\000\000'; exec sleep 60", "It has ONNX Runtime 1.2.3, and this worker 1.31.1")]
    [InlineData("/nowhere/qemu", "", "cannot be started")]
    public void Program_that_breaks_is_a_finding_that_tells_how(string file, string arguments, string how)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The programs are those of Linux.");
        var program = new ScoringProgram(file, arguments.Split('|', StringSplitOptions.RemoveEmptyEntries), new Dictionary<string, string>(), "something else");

        QuantException e = Assert.Throws<QuantException>(() => Inference(program).Open(new byte[1], new SessionSettings()));

        Assert.Equal(Codes.EmulatorFailed, e.Diagnostic.Code);
        Assert.Contains(how, e.Diagnostic.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Program_that_hangs_is_ended()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The program is one of Linux.");
        var program = new ScoringProgram("/bin/sleep", ["600"], new Dictionary<string, string>(), "sleep");

        QuantException e = Assert.Throws<QuantException>(() => new EmulatedInference(program, TimeSpan.FromMilliseconds(50), CancellationToken.None).Open(new byte[1], new SessionSettings()));

        Assert.Contains("gave no answer", e.Diagnostic.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelling_ends_a_program_that_is_at_work()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The program is one of Linux.");
        var program = new ScoringProgram("/bin/sleep", ["600"], new Dictionary<string, string>(), "sleep");
        using var cancellation = new CancellationTokenSource();
        cancellation.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => new EmulatedInference(program, Patience, cancellation.Token).Open(new byte[1], new SessionSettings()));
    }

    private static EmulatedInference Inference(ScoringProgram program) => new(program, Patience, TestContext.Current.CancellationToken);

    private static ModelBuilder Net() => new ModelBuilder().Input("x", "N", 4, 8, 8).Input("n", ElementType.Int64, 1)
        .Weight("w", 16, 4, 3, 3).Node("Conv", "x w -> y").Node("Identity", "n -> größe").Output("y").Output("größe", ElementType.Int64);
}
