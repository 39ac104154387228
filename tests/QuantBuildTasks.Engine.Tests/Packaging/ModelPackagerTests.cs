using QuantBuildTasks.Engine.Packaging;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Tests.Reporting;

namespace QuantBuildTasks.Engine.Tests.Packaging;

public sealed class ModelPackagerTests : IDisposable
{
    // printf '\001\002\003' | sha256sum
    private const string HashOf123 = "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Index_and_resources_follow_the_protocol()
    {
        const string Index = "quant-index\t1\n"
            + "model\tFashion\tmodels/fashion.onnx\n"
            + $"variant\tx64-vnni\tQuantBuildTasks/Fashion/x64-vnni.onnx\t{HashOf123}\t3\tx64\tavx512-vnni|avx-vnni\n";

        ManifestModel model = Publish(SampleResult.Of());

        Assert.Equal(("Fashion", 1_873_480), (model.ClassName, model.FloatBytes));
        Assert.Equal(
            [
                new ManifestResource("Fashion/x64-vnni.onnx", "QuantBuildTasks/Fashion/x64-vnni.onnx", 3),
                new ManifestResource("Fashion/index.tsv", "QuantBuildTasks/Fashion/index.tsv", Index.Length),
            ],
            model.Resources);
        Assert.Equal(Index, File.ReadAllText(_folder["Fashion/index.tsv"]));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(_folder["Fashion/x64-vnni.onnx"]));
    }

    [Fact]
    public void Identical_variants_are_stored_once()
    {
        QuantResult result = SampleResult.Of(
            null,
            SampleResult.Variant(SampleResult.Profile("first", "avx2")),
            SampleResult.Variant(SampleResult.Profile("second", "")),
            SampleResult.Variant(SampleResult.Profile("third", ""), [4]));

        Publish(result);

        Assert.Equal(["Fashion/first.onnx", "Fashion/index.tsv", "Fashion/third.onnx", ResultManifest.FileName], _folder.Files);
        string[] lines = File.ReadAllLines(_folder["Fashion/index.tsv"]);
        Assert.Equal($"variant\tsecond\tQuantBuildTasks/Fashion/first.onnx\t{HashOf123}\t3\tx64\t-", lines[3]);
    }

    [Fact]
    public void Index_tells_that_exact_kernels_do_not_reach_a_variant()
    {
        Publish(SampleResult.Of(null, SampleResult.Variant(BuiltInProfiles.X64Vnni) with { NeedsVnni = true }));

        Assert.EndsWith("\tx64\tavx512-vnni|avx-vnni|vnni-alone", File.ReadAllLines(_folder["Fashion/index.tsv"])[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Index_tells_what_else_than_a_processor_a_variant_needs()
    {
        Publish(SampleResult.Of(
            null,
            SampleResult.Variant(BuiltInProfiles.Cuda),
            SampleResult.Variant(BuiltInProfiles.X64Avx2 with { Name = "next", MinimumRuntimeVersion = new Version(1, 40) })));

        string[] lines = File.ReadAllLines(_folder["Fashion/index.tsv"]);
        Assert.EndsWith("\tx64\tcuda", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("\tx64\t-\t1.40", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Tab_or_line_break_in_a_path_does_not_break_the_index()
    {
        Publish(SampleResult.Of(SampleResult.Job("a\tb\nc.onnx")));

        Assert.Equal("model\tFashion\ta b c.onnx", File.ReadAllLines(_folder["Fashion/index.tsv"])[1]);
    }

    [Fact]
    public void Manifest_reads_as_the_protocol_shows()
    {
        Publish(SampleResult.Of());

        Assert.Equal(
            """
            {
              "schemaVersion": 1,
              "models": [
                {
                  "include": "models/fashion.onnx",
                  "className": "Fashion",
                  "floatBytes": 1873480,
                  "embed": "resource",
                  "resources": [
                    {
                      "path": "Fashion/x64-vnni.onnx",
                      "logicalName": "QuantBuildTasks/Fashion/x64-vnni.onnx",
                      "bytes": 3
                    },
                    {
                      "path": "Fashion/index.tsv",
                      "logicalName": "QuantBuildTasks/Fashion/index.tsv",
                      "bytes": 195
                    }
                  ],
                  "files": [
                    "Fashion/report.json"
                  ],
                  "results": [
                    "fashion.onnx → x64-vnni: int8, 3.9× smaller, top-1 91.6 % (float32 91.7 %, drop 0.1 ± 0.2), 1.9× faster"
                  ],
                  "diagnostics": [
                    {
                      "severity": "message",
                      "code": "QBT1030",
                      "file": null,
                      "text": "Every fifth calibration sample is used."
                    }
                  ]
                }
              ]
            }

            """.ReplaceLineEndings("\n"),
            File.ReadAllText(_folder[ResultManifest.FileName]));
    }

    [Fact]
    public void Same_result_gives_the_same_bytes()
    {
        Publish(SampleResult.Of());
        byte[][] first = [.. _folder.Files.Select(f => File.ReadAllBytes(_folder[f]))];

        Publish(SampleResult.Of());

        Assert.Equal(first, _folder.Files.Select(f => File.ReadAllBytes(_folder[f])));
    }

    private ManifestModel Publish(QuantResult result)
    {
        using var outputs = OutputTransaction.Begin(_folder.Path);
        ManifestModel model = ModelPackager.Stage(outputs, "Fashion", result, ["Fashion/report.json"]);
        outputs.Commit(new ResultManifest([model]));
        return model;
    }
}
