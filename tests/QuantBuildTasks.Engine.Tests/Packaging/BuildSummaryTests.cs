using QuantBuildTasks.Engine.Packaging;

namespace QuantBuildTasks.Engine.Tests.Packaging;

public sealed class BuildSummaryTests
{
    [Fact]
    public void All_models_are_one_line_and_identical_variants_count_once()
    {
        var manifest = new ResultManifest(
        [
            Model(10_000_000, ["a → x64-vnni", "a → x64-avx2", "a → arm64"], ("A/x64-vnni.onnx", 2_500_000), ("A/arm64.onnx", 1_650_000), ("A/index.tsv", 500)),
            Model(3_500_000, ["b → x64-vnni", "b → x64-avx2"], ("B/x64-vnni.onnx", 49_500), ("B/index.tsv", 500)),
        ]);

        // 2.5 + 1.65 + 0.05 + 0.0005 = 4.2005 MB of 13.5 MB.
        Assert.Equal("QuantBuildTasks: 2 models, 5 variants in 3 files, 4.2 MB embedded, 0.31 of the float32 models' 13.5 MB", BuildSummary.Of(manifest));
    }

    [Fact]
    public void One_small_model_is_said_in_the_singular_and_in_kilobytes()
    {
        var manifest = new ResultManifest([Model(20_000, ["a → x64-vnni"], ("A/x64-vnni.onnx", 5_900), ("A/index.tsv", 100))]);

        Assert.Equal("QuantBuildTasks: 1 model, 1 variant in 1 file, 6.0 kB embedded, 0.30 of the float32 model's 20.0 kB", BuildSummary.Of(manifest));
    }

    private static ManifestModel Model(long floatBytes, string[] results, params (string Path, long Bytes)[] resources) =>
        new("m.onnx", "M", floatBytes, "resource", [.. resources.Select(r => new ManifestResource(r.Path, r.Path, r.Bytes))], [], results, []);
}
