namespace QuantBuildTasks.Tool.Tests.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Help_names_every_command_and_option_with_defaults_and_an_example()
    {
        Assert.Equal(0, _place.Run("--help"));

        Assert.Contains("dotnet quant <model>", _place.Output, StringComparison.Ordinal);
        Assert.Contains("dotnet quant fashion.onnx --calibration", _place.Output, StringComparison.Ordinal);
        Assert.Contains("inspect <model>", _place.Output, StringComparison.Ordinal);
        Assert.Contains("run <request>", _place.Output, StringComparison.Ordinal);
        string documentation = Documentation();
        foreach (string option in new[]
        {
            "--calibration", "--validation", "--profiles", "--precision", "--recipe", "--metric", "--max-drop", "--min-compression",
            "--max-latency-ratio", "--keep-float", "--batch-size", "--batch-axes", "--pinned-inputs", "--threads", "--output",
        })
        {
            Assert.Contains(option, _place.Output, StringComparison.Ordinal);
            Assert.Contains(option, documentation, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("inspect", "dotnet quant inspect <model> [options]")]
    [InlineData("run", "dotnet quant run <request> [options]")]
    public void Usage_of_a_command_names_its_own_argument_alone(string command, string usage)
    {
        Assert.Equal(0, _place.Run(command, "--help"));

        Assert.Contains(usage, _place.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void No_arguments_show_the_help()
    {
        Assert.Equal(0, _place.Run());
        Assert.Contains("Usage:", _place.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Version_is_shown()
    {
        Assert.Equal(0, _place.Run("--version"));
        Assert.Matches(@"\d+\.\d+\.\d+", _place.Output);
    }

    [Theory]
    [InlineData("--calibratoin", "--calibratoin")]
    [InlineData("model.onnx other.onnx", "other.onnx")]
    [InlineData("model.onnx --calibration", "--calibration")]
    [InlineData("run", "run")]
    public void Line_that_does_not_parse_is_QBT1026(string line, string named)
    {
        Assert.Equal(2, _place.Run(line.Split(' ')));
        Assert.Contains("error QBT1026", _place.Errors, StringComparison.Ordinal);
        Assert.Contains(named, _place.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_option_after_the_model_is_named_once_with_what_was_meant()
    {
        Assert.Equal(2, _place.Run("models/fashion.onnx", "--max-dorp", "0.5%"));
        Assert.Equal(
            $"quant : error QBT1026: There is no option '--max-dorp'. Did you mean '--max-drop'? 'dotnet quant --help' lists what there is.{Environment.NewLine}",
            _place.Errors);
    }

    [Theory]
    [InlineData("models")]
    [InlineData("inspect models")]
    public void Folder_in_place_of_a_model_is_said_to_be_one(string line)
    {
        Assert.Equal(2, _place.Run(line.Split(' ')));
        Assert.Contains("models : error QBT1001: ", _place.Errors, StringComparison.Ordinal);
        Assert.Contains("is a folder, not a model. Name the .onnx file.", _place.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("inspect ")]
    public void Empty_name_of_a_model_is_QBT1026(string line)
    {
        Assert.Equal(2, _place.Run(line.Split(' ')));
        Assert.Contains("error QBT1026: The name of the model is empty.", _place.Errors, StringComparison.Ordinal);
    }

    private static string Documentation()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "docs", "cli.md");
            if (File.Exists(path))
            {
                return File.ReadAllText(path);
            }
        }

        throw new FileNotFoundException("docs/cli.md is not above the test's folder.");
    }
}
