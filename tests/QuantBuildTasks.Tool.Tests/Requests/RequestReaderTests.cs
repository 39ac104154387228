using System.Text.Json;

namespace QuantBuildTasks.Tool.Tests.Requests;

public sealed class RequestReaderTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"schemaVersion\":2,\"projectDirectory\":\"/a\",\"outputDirectory\":\"/b\",\"models\":[]}")]
    [InlineData("{\"schemaVersion\":1,\"projectDirectory\":\"a\",\"outputDirectory\":\"/b\",\"models\":[]}")]
    [InlineData("{\"schemaVersion\":1,\"projectDirectory\":\"/a\",\"outputDirectory\":\"/b\",\"models\":[{\"include\":\"m\",\"path\":\"m\",\"className\":\"M\"}]}")]
    [InlineData("{\"schemaVersion\":1,\"projectDirectory\":\"/a\",\"outputDirectory\":\"/b\",\"properties\":null,\"models\":[]}")]
    [InlineData("{\"schemaVersion\":1,\"projectDirectory\":\"/a\",\"outputDirectory\":\"/b\",\"models\":[null]}")]
    [InlineData("{\"schemaVersion\":1,\"projectDirectory\":\"/a\",\"outputDirectory\":\"/b\",\"profiles\":[null],\"models\":[]}")]
    [InlineData("{\"schemaVersion\":1,\"projectDirectory\":\"/a\",\"outputDirectory\":\"/b\",\"profiles\":[{\"metadata\":{}}],\"models\":[]}")]
    public void File_that_is_no_request_is_QBT1026(string content)
    {
        int exitCode = _place.Run("run", _place.Write("request.json", content));

        Assert.Equal(2, exitCode);
        Assert.Equal(["QBT1026"], _place.Codes);
    }

    [Fact]
    public void Fields_that_may_be_missing_have_defaults()
    {
        string request = JsonSerializer.Serialize(new
        {
            schemaVersion = 1,
            projectDirectory = _place.Folder,
            outputDirectory = _place.OutputFolder,
            models = new[] { new { include = "models/fashion.onnx", path = Path.Combine(_place.Folder, "models", "fashion.onnx"), className = "Fashion" } },
        });

        Assert.Equal(2, _place.Run("run", _place.Write("request.json", request)));

        // Only what no default can stand for is missed: data.
        Assert.Equal(["QBT1014"], _place.Codes);
    }

    [Fact]
    public void Missing_file_is_QBT1026()
    {
        Assert.Equal(2, _place.Run("run", "none.json"));
        Assert.Equal(["QBT1026"], _place.Codes);
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("1a")]
    public void Class_name_that_is_no_identifier_never_becomes_a_folder(string className)
    {
        Assert.Equal(2, _place.Build(("models/fashion.onnx", className, [])));
        Assert.Equal(["QBT1026"], _place.Codes);
        Assert.Empty(_place.Outputs);
    }

    [Fact]
    public void Two_models_of_one_class_name_are_QBT1023_whatever_the_case()
    {
        Assert.Equal(2, _place.Build(("models/fashion.onnx", "Fashion", []), ("other/fashion.onnx", "FASHION", [])));
        Assert.Equal(["QBT1023"], _place.Codes);
        Assert.Contains("Set ClassName", _place.Events[0], StringComparison.Ordinal);
    }
}
