using Google.Protobuf;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Checking;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Tests.Model;

/// <summary>ONNX's conformance models, from Debian's package libonnx-testdata.</summary>
public sealed class ConformanceRoundTripTests
{
    private const string Folder = "/usr/share/libonnx-testdata/data";

    [Fact]
    public void Conformance_models_lose_nothing_between_load_and_save()
    {
        if (!Directory.Exists(Folder) && Environment.GetEnvironmentVariable("QUANT_TEST_CONFORMANCE") != "1")
        {
            Assert.Skip($"{Folder} is not there: install libonnx-testdata.");
        }

        string[] files = Directory.GetFiles(Folder, "model.onnx", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        string[] changed = [.. files.Where(LosesSomething)];
        Assert.True(changed.Length == 0, $"{changed.Length} of {files.Length}: {string.Join(", ", changed.Take(20))}");
    }

    [Fact]
    public void The_checker_takes_every_conformance_model_of_known_operators()
    {
        if (!Directory.Exists(Folder) && Environment.GetEnvironmentVariable("QUANT_TEST_CONFORMANCE") != "1")
        {
            Assert.Skip($"{Folder} is not there: install libonnx-testdata.");
        }

        foreach (string path in Directory.GetFiles(Folder, "model.onnx", SearchOption.AllDirectories))
        {
            OnnxModel model = ModelReader.Read(File.ReadAllBytes(path), path);
            if (Record.Exception(() => ModelChecker.Check(model, path)) is { } refusal)
            {
                Assert.Equal(Codes.ModelUnsupported, Assert.IsType<QuantException>(refusal).Diagnostic.Code);
            }
        }
    }

    private static bool LosesSomething(string path)
    {
        byte[] original = File.ReadAllBytes(path);
        ModelProto saved = ModelProto.Parser.ParseFrom(ModelWriter.Write(ModelReader.Read(original, path)));
        return !NormalForm.Of(ModelProto.Parser.ParseFrom(original)).Equals(NormalForm.Of(saved));
    }
}
