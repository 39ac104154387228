namespace EndToEnd;

/// <summary>Builds on a machine that has emulators. Skipped where it has none, unless QUANT_TEST_EMULATORS=1 says that it must.</summary>
public sealed class EmulationTests(PackedProduct product)
{
    private static readonly string[] Needed = ["/usr/bin/qemu-x86_64-static", "/usr/bin/qemu-aarch64-static", "/usr/aarch64-linux-gnu/lib/libstdc++.so.6"];

    [Fact]
    public void Variants_for_other_processors_are_run_on_their_own_kernels()
    {
        Assert.SkipUnless(Needed.All(File.Exists) || Environment.GetEnvironmentVariable("QUANT_TEST_EMULATORS") == "1", "There are no emulators for x64 and arm64.");
        product.PackEmulation();
        var project = new ConsumerProject(
            product,
            item: ConsumerProject.GoodModel + "Profiles=\"x64-avx2;arm64\"",
            packages: $"""
                <PackageReference Include="Microsoft.ML.OnnxRuntime" Version="1.31.1" />
                <PackageReference Include="QuantBuildTasks.Emulation" Version="{product.Version}" PrivateAssets="all" />
                """);
        File.WriteAllBytes(project["models/bert.de.onnx"], TestModels.Perceptron());
        File.WriteAllText(project["Directory.Build.props"], "<Project><PropertyGroup><QuantEmulationSamples>16</QuantEmulationSamples></PropertyGroup></Project>");

        string output = project.MSBuild("-t:QuantizeModels").Succeeded().Output;

        // Processors without VNNI need no emulator for x64-avx2: its kernels are their own, and their speed is measured.
        Assert.Matches($"x64-avx2: int8, .*, {(Processor.HasVnni ? "emulated on 16 samples: equal bit for bit" : "(.*faster|.*slower|same speed)")}", output);
        Assert.Matches("arm64: int8, .*, emulated on 16 samples: ", output);
    }

    [Fact]
    public void Emulator_that_is_not_there_fails_the_build_and_none_does_without()
    {
        var project = new ConsumerProject(product, item: ConsumerProject.GoodModel + "Profiles=\"arm64\"");

        Assert.Contains("emulators/qemu", project.Build("-p:QuantEmulator=emulators/qemu").FailedWith("QBT5007").Text, StringComparison.Ordinal);
        Assert.Matches("arm64: int8, .*, exact kernels", project.MSBuild("-t:QuantizeModels").Succeeded().Output);
    }
}
