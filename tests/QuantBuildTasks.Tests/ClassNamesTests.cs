using QuantBuildTasks.Models;

namespace QuantBuildTasks.Tests;

public sealed class ClassNamesTests
{
    [Theory]
    [InlineData("fashion", "Fashion")]
    [InlineData("bert.de-v2", "BertDeV2")]
    [InlineData("3d", "_3d")]
    [InlineData("ResNet50", "ResNet50")]
    [InlineData("my model (final)", "MyModelFinal")]
    [InlineData("class", "Class")]
    [InlineData("größe", "Größe")]
    [InlineData("gro\u0308\u00dfe", "Gr\u00f6\u00dfe")]
    [InlineData("--", "")]
    public void File_name_becomes_a_Pascal_case_identifier(string fileName, string expected) =>
        Assert.Equal(expected, ClassNames.FromFileName(fileName));

    [Theory]
    [InlineData("MyApp", "MyApp")]
    [InlineData("my-app.3d", "my_app._3d")]
    [InlineData("My App", "My_App")]
    [InlineData("", "")]
    public void Project_name_becomes_a_namespace(string projectName, string expected) =>
        Assert.Equal(expected, ClassNames.NamespaceFrom(projectName));

    [Theory]
    [InlineData("My.class.Models", "My.@class.Models")]
    [InlineData("record", "record")]
    public void Keywords_are_escaped(string name, string expected) => Assert.Equal(expected, ClassNames.Escape(name));
}
