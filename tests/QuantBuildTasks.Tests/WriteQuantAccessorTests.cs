using Microsoft.Build.Utilities;

namespace QuantBuildTasks.Tests;

public sealed class WriteQuantAccessorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingEngine _engine = new();

    private string Output => _folder["obj/QuantModels.g.cs"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Text_that_is_there_already_is_not_written_again()
    {
        Assert.True(Run(new TaskItem("fashion.onnx")));
        var then = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Output, then);

        Assert.True(Run(new TaskItem("fashion.onnx")));
        Assert.Equal(then, File.GetLastWriteTimeUtc(Output));

        Assert.True(Run(new TaskItem("other.onnx")));
        Assert.NotEqual(then, File.GetLastWriteTimeUtc(Output));
    }

    [Fact]
    public void Namespace_comes_from_item_then_property_then_project()
    {
        var own = new TaskItem("a.onnx");
        own.SetMetadata("Namespace", "Own");
        var property = new TaskItem("Namespace");
        property.SetMetadata("Value", "All");

        Assert.True(Run([own, new TaskItem("b.onnx")], [property]));
        string text = File.ReadAllText(Output);

        Assert.Contains("namespace Own\n", text, StringComparison.Ordinal);
        Assert.Contains("namespace All\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("my_app", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a/net.onnx", "b/net.onnx", "'a/net.onnx' is already called 'Net'")]
    [InlineData("net.onnx", "Net.onnx", "'net.onnx' is already called 'Net'")]
    [InlineData("net.onnx", "net.onnx", "listed twice")]
    public void Two_models_of_one_name_are_an_error(string first, string second, string expected)
    {
        Assert.False(Run(new TaskItem(first), new TaskItem(second)));

        Assert.Equal("QBT1023", Assert.Single(_engine.Errors).Code);
        Assert.Equal(second, _engine.Errors[0].File);
        Assert.Contains(expected, _engine.Errors[0].Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Output));
    }

    [Theory]
    [InlineData("ClassName", "my-name")]
    [InlineData("ClassName", "3d")]
    [InlineData("ClassName", "QuantModels")]
    [InlineData("ClassName", "ToString")]
    [InlineData("Namespace", "My..App")]
    [InlineData("Accessibility", "protected")]
    public void Name_that_cannot_be_written_in_CSharp_is_an_error(string metadatum, string value)
    {
        var item = new TaskItem("net.onnx");
        item.SetMetadata(metadatum, value);

        Assert.False(Run(item));

        Assert.Equal("QBT1021", Assert.Single(_engine.Errors).Code);
        Assert.Contains(value, _engine.Errors[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Class_name_for_all_models_is_refused()
    {
        var property = new TaskItem("ClassName");
        property.SetMetadata("Value", "Net");

        Assert.False(Run([new TaskItem("a.onnx")], [property]));

        Assert.Equal("QBT1021", Assert.Single(_engine.Errors).Code);
        Assert.Contains("QuantClassName", _engine.Errors[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_languages_get_a_message_and_no_file()
    {
        Assert.True(Run([new TaskItem("net.onnx")], [], "F#"));

        Assert.False(File.Exists(Output));
        Assert.Equal("QBT1028", Assert.Single(_engine.Messages).Code);
    }

    private bool Run(params TaskItem[] models) => Run(models, []);

    private bool Run(TaskItem[] models, TaskItem[] defaults, string language = "C#") => new WriteQuantAccessor
    {
        BuildEngine = _engine,
        Models = models,
        Defaults = defaults,
        ProjectDirectory = _folder.Root,
        RootNamespace = "my-app",
        Language = language,
        OutputFile = Output,
    }.Execute();
}
