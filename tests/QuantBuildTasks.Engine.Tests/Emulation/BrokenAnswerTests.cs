using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Inference.Emulation;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Emulation;

/// <summary>Programs that greet as the scoring program does and then answer what makes no sense: one kind of finding, and never the blame on someone else.</summary>
public sealed class BrokenAnswerTests
{
    /// <summary>The greeting, «a» for the architecture, ONNX Runtime's version (6 characters), and no features.</summary>
    private const string Greeting = @"\15\0\0\0quant-score 1\1\0\0\0a\6\0\0\0001.31.1\0\0\0\0";

    /// <summary>One input «x» and one output «y», both float32.</summary>
    private const string Ports = @"\0\0\0\0\1\0\0\0\1\0\0\0x\1\0\0\0\1\0\0\0\1\0\0\0y\1\0\0\0";

    [Theory]
    [InlineData("refusal of negative length", @"\1\0\0\0\377\377\377\377")]
    [InlineData("refusal of two gigabytes", @"\1\0\0\0\377\377\377\177")]
    [InlineData("two billion inputs", @"\0\0\0\0\377\377\377\177")]
    [InlineData("negative number of inputs", @"\0\0\0\0\377\377\377\377")]
    [InlineData("neither success nor refusal", @"\7\0\0\0\0\0\0\0\0\0\0\0")]
    public void Senseless_answer_to_a_model_is_a_finding_about_the_emulator(string what, string answer)
    {
        QuantException e = Assert.Throws<QuantException>(() => Open(Greeting + answer).Dispose());

        Assert.True(e.Diagnostic.Code == Codes.EmulatorFailed, $"{what}: {e.Diagnostic.Text}");
        Assert.Contains("answered what makes no sense", e.Diagnostic.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("more outputs than the model has", @"\0\0\0\0\2\0\0\0\1\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0abcd\1\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0abcd")]
    [InlineData("fewer bytes than the sizes say", @"\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\2\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0abcd")]
    [InlineData("negative size", @"\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\377\377\377\377\377\377\377\377\4\0\0\0\0\0\0\0abcd")]
    [InlineData("another type than the model's", @"\0\0\0\0\1\0\0\0\7\0\0\0\0\0\0\0\10\0\0\0\0\0\0\0abcdefgh")]
    [InlineData("no tensor where there is one", @"\0\0\0\0\1\0\0\0\0\0\0\0")]
    [InlineData("two billion dimensions", @"\0\0\0\0\1\0\0\0\1\0\0\0\377\377\377\177")]
    public void Senseless_answer_to_a_batch_is_a_finding_about_the_emulator(string what, string answer)
    {
        using IInferenceSession session = Open(Greeting + Ports + answer);

        QuantException e = Assert.Throws<QuantException>(() => session.Run(Batch));

        Assert.True(e.Diagnostic.Code == Codes.EmulatorFailed, $"{what}: {e.Diagnostic.Text}");
        Assert.Contains("answered what makes no sense", e.Diagnostic.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Exception_of_the_one_who_looks_at_an_output_is_not_the_emulators()
    {
        using IInferenceSession session = Open(Greeting + Ports + @"\0\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\4\0\0\0\0\0\0\0abcd");

        Assert.Throws<ArgumentException>(() => session.Run(Batch, (_, _, _) => throw new ArgumentException("of the visitor")));
    }

    private static Dictionary<string, Tensor> Batch => new() { ["x"] = Tensor.Vector(1f) };

    /// <summary>It stays alive after its answer, as a program does that waits for the next request.</summary>
    private static IInferenceSession Open(string answers)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The program is one of Linux.");
        var program = new ScoringProgram("/bin/sh", ["-c", $"printf '{answers}'; exec cat >/dev/null"], new Dictionary<string, string>(), "fake");
        return new EmulatedInference(program, TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken).Open(new byte[1], new SessionSettings());
    }
}
