using System.Reflection;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Runtime;

namespace QuantBuildTasks.Engine.Tests.Architecture;

/// <summary>Dependencies between the projects point one way.</summary>
public sealed class ProjectTests
{
    [Fact]
    public void What_the_users_app_links_depends_on_nothing_of_ours_and_on_ONNX_Runtime_alone() =>
        Assert.All(References(typeof(QuantModel).Assembly), name => Assert.True(IsOfThePlatform(name) || name == "Microsoft.ML.OnnxRuntime", name));

    [Fact]
    public void The_engine_depends_on_no_other_project() =>
        Assert.DoesNotContain(References(typeof(Graph).Assembly), name => name.StartsWith("QuantBuildTasks", StringComparison.Ordinal) || name is "quant" || name.StartsWith("Microsoft.Build", StringComparison.Ordinal));

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(a => a.Name!);

    private static bool IsOfThePlatform(string name) => name.StartsWith("System", StringComparison.Ordinal) || name is "netstandard" or "mscorlib";
}
