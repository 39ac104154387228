using Microsoft.Build.Framework;

namespace QuantBuildTasks.Tests;

public sealed class CheckQuantNamesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingEngine _engine = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("QuantRecpie", "QuantRecipe")]
    [InlineData("QuantMaxDorp", "QuantMaxDrop")]
    [InlineData("quantmaxdrops", "QuantMaxDrop")]
    [InlineData("QuantClibratoinData", "QuantCalibrationData")]
    [InlineData("QauntMaxDrop", "QuantMaxDrop")]
    [InlineData("QuantSed", "QuantSeed")]
    public void Misspelt_property_is_an_error_at_its_place_that_says_what_was_meant(string written, string meant)
    {
        _folder.Write("app.csproj", $"<Project>\n  <PropertyGroup>\n    <{written}>1</{written}>\n  </PropertyGroup>\n</Project>");

        BuildErrorEventArgs error = Error();

        Assert.Equal(("QBT1020", _folder["app.csproj"], 3), (error.Code, error.File, error.LineNumber));
        Assert.Contains($"'{written}' has no effect. Did you mean '{meant}'?", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("QuantMaxDrop")]
    [InlineData("QUANTRECIPE")]
    [InlineData("QuantEnabled")]
    [InlineData("QuantServerAddress")]
    [InlineData("QuantDose")]
    [InlineData("Quantity")]
    [InlineData("MaxDorp")]
    [InlineData("TargetFramework")]
    public void Right_names_and_those_of_others_are_left_alone(string written)
    {
        _folder.Write("app.csproj", $"<Project><PropertyGroup><{written}>1</{written}></PropertyGroup></Project>");

        Assert.True(Run());
    }

    [Theory]
    [InlineData("<Target Name=\"T\"><PropertyGroup><QuantRecpie>fast</QuantRecpie></PropertyGroup></Target>")]
    [InlineData("<Choose><When Condition=\"false\"><PropertyGroup><QuantRecpie>fast</QuantRecpie></PropertyGroup></When></Choose>")]
    public void Property_is_found_wherever_it_may_stand(string content)
    {
        _folder.Write("app.csproj", $"<Project>{content}</Project>");

        Assert.Equal("QBT1020", Error().Code);
    }

    [Fact]
    public void Old_namespace_of_project_files_makes_no_difference()
    {
        _folder.Write("app.csproj", "<Project xmlns=\"http://schemas.microsoft.com/developer/msbuild/2003\"><PropertyGroup><QuantRecpie>fast</QuantRecpie></PropertyGroup></Project>");

        Assert.Equal("QBT1020", Error().Code);
    }

    [Theory]
    [InlineData("<ItemGroup><QuantModels Include=\"a.onnx\"><QuantRecpie>fast</QuantRecpie></QuantModels><QuantModel Include=\"b.onnx\" /></ItemGroup>")]
    [InlineData("<ItemDefinitionGroup><QuantModels><QuantRecpie>fast</QuantRecpie></QuantModels></ItemDefinitionGroup>")]
    public void Misspelt_item_is_an_error_and_metadata_are_the_workers_to_judge(string content)
    {
        _folder.Write("app.csproj", $"<Project>{content}</Project>");

        Assert.Contains("The item 'QuantModels' has no effect. Did you mean 'QuantModel'?", Error().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../more/common.props")]
    [InlineData(@"..\more\common.props")]
    [InlineData("$(MSBuildThisFileDirectory)../more/common.props")]
    [InlineData("$(MSBuildProjectDirectory)/../more/common.props")]
    [InlineData("$([MSBuild]::GetPathOfFileAbove('common.props', '$(MSBuildThisFileDirectory)../'))")]
    public void Imports_are_followed(string import)
    {
        string name = import.Contains("FileAbove", StringComparison.Ordinal) ? "common.props" : "more/common.props";
        _folder.Write(name, "<Project><PropertyGroup><QuantRecpie>fast</QuantRecpie></PropertyGroup></Project>");
        _folder.Write("app/app.csproj", $"<Project><Import Project=\"{import}\" /><Import Project=\"{import}\" /></Project>");

        Assert.Equal(_folder[name], Error("app/app.csproj").File);
    }

    [Theory]
    [InlineData("$([MSBuild]::GetPathOfFileAbove('common.props'))", "app/common.props")]
    [InlineData("$([MSBuild]::GetPathOfFileAbove('common.props', '$(MSBuildThisFileDirectory)'))", "app/common.props")]
    [InlineData("$([MSBuild]::GetPathOfFileAbove('common.props', '$(MSBuildThisFileDirectory)..'))", "common.props")]
    [InlineData("$([MSBuild]::GetPathOfFileAbove('common.props', '$(MSBuildThisFileDirectory)../more'))", "more/common.props")]
    public void File_above_is_looked_for_from_where_the_import_says(string import, string found)
    {
        foreach (string name in new[] { "common.props", "app/common.props", "more/common.props" })
        {
            _folder.Write(name, "<Project><PropertyGroup><QuantRecpie>fast</QuantRecpie></PropertyGroup></Project>");
        }

        _folder.Write("app/app.csproj", $"<Project><Import Project=\"{import}\" /></Project>");

        Assert.Equal(_folder[found], Error("app/app.csproj").File);
    }

    [Theory]
    [InlineData("<Project><Import Project=\"app.csproj\" /></Project>")]
    [InlineData("<Project><Import Project=\"$(Elsewhere)/a.props\" /><Import Project=\"*.props\" /><Import Project=\"none.props\" /><Import Project=\"Sdk.props\" Sdk=\"Microsoft.NET.Sdk\" /></Project>")]
    [InlineData("<Project><Import Project=\"$([MSBuild]::GetPathOfFileAbove('a file that is nowhere.props', '$(MSBuildThisFileDirectory)../'))\" /></Project>")]
    [InlineData("<Project><PropertyGroup>")]
    [InlineData("")]
    public void What_cannot_be_read_or_followed_is_left_to_MSBuild(string project)
    {
        _folder.Write("app.csproj", project);

        Assert.True(Run());
    }

    [Fact]
    public void Misspelt_property_of_the_command_line_is_an_error()
    {
        _folder.Write("app.csproj", "<Project />");
        _engine.GlobalProperties.Add("QuantRecpie", "fast");
        _engine.GlobalProperties.Add("Configuration", "Debug");

        Assert.Contains("'QuantRecpie' of the command line", Error().Message, StringComparison.Ordinal);
    }

    private BuildErrorEventArgs Error(string project = "app.csproj")
    {
        Assert.False(Run(project));
        return Assert.Single(_engine.Errors);
    }

    private bool Run(string project = "app.csproj") => new CheckQuantNames
    {
        BuildEngine = _engine,
        Files = [_folder[project], _folder["none.targets"]],
        ProjectDirectory = Path.GetDirectoryName(_folder[project])!,
        Properties = ["QuantCalibrationData", "QuantRecipe", "QuantMaxDrop", "QuantSeed", "QuantEnabled"],
        Items = ["QuantModel", "QuantProfile"],
    }.Execute();
}
