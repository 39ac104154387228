using System.Reflection;

namespace QuantBuildTasks.Runtime.Tests;

/// <summary>The environment belongs to the whole process, so this test runs alone.</summary>
[CollectionDefinition(nameof(EnvironmentTests), DisableParallelization = true)]
[Collection(nameof(EnvironmentTests))]
public sealed class EnvironmentTests
{
    [Fact]
    public void The_public_constructor_reads_the_assembly_and_the_environment()
    {
        var model = new QuantModel(Assembly.GetExecutingAssembly(), "Listed");
        Environment.SetEnvironmentVariable("QUANT_VARIANT", "x64-avx2");
        try
        {
            VariantChoice choice = model.Choose();

            Assert.Equal("x64-avx2", choice.Variant.Profile);
            Assert.Same(ProcessorInfo.Current, choice.Processor);
            Assert.Contains("the environment variable QUANT_VARIANT asks for it", choice.Reason, StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("QUANT_VARIANT", null);
        }
    }
}
