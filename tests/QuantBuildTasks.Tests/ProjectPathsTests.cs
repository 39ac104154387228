using QuantBuildTasks.Models;

namespace QuantBuildTasks.Tests;

public sealed class ProjectPathsTests
{
    private static readonly string Project = Path.GetFullPath(Path.Combine(Path.GetTempPath(), "a b")) + Path.DirectorySeparatorChar;

    [Fact]
    public void What_the_user_wrote_is_shown_with_forward_slashes() =>
        Assert.Equal("models/fashion.onnx", ProjectPaths.Display(Project, @"models\fashion.onnx"));

    [Fact]
    public void Absolute_path_is_shown_without_where_the_project_lies()
    {
        Assert.Equal("modèles/x y.onnx", ProjectPaths.Display(Project, Path.Combine(Project, "modèles", "x y.onnx")));
        Assert.Equal("../shared/x.onnx", ProjectPaths.Display(Project, Path.GetFullPath(Path.Combine(Project, "..", "shared", "x.onnx"))));
    }

    [Fact]
    public void Relative_path_starts_at_the_project() =>
        Assert.Equal(Path.Combine(Project, "data", "c.npz"), ProjectPaths.Absolute(Project, "models/../data/c.npz"));
}
