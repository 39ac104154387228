using Microsoft.Build.Utilities;
using QuantBuildTasks.Incremental;
using QuantBuildTasks.Models;

namespace QuantBuildTasks.Tests;

public sealed class InputFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Models_data_folders_defaults_and_programs_are_inputs()
    {
        _folder.Write("worker/quant.dll", "");
        _folder.Write("worker/engine.dll", "");
        _folder.Write("worker/notice.txt", "");
        _folder.Write("pictures/b/2.png", "");
        _folder.Write("pictures/1.png", "");
        _folder.Write("emulation/linux-arm64/score", "");
        var model = new ModelItem("m.onnx", _folder["m.onnx"], "M", "", false, new() { ["calibrationdata"] = " pictures ; more.npz", ["Metric"] = "top1" });

        IReadOnlyList<string> files = InputFiles.Of([model], new Dictionary<string, string> { ["ValidationData"] = "v.npz", ["EmulationDirectory"] = _folder["emulation"] }, _folder.Root, _folder["worker/quant.dll"]);

        string[] expected = ["emulation/linux-arm64/score", "m.onnx", "more.npz", "pictures/1.png", "pictures/b/2.png", "v.npz", "worker/engine.dll", "worker/quant.dll"];
        Assert.Equal(expected.Select(name => _folder[name]), files);
    }

    [Fact]
    public void Editors_are_told_every_file_of_a_list_and_of_the_property()
    {
        _folder.Write("pictures/1.png", "");
        var item = new TaskItem("m.onnx");
        item.SetMetadata("CalibrationData", "a.npz;pictures");
        var property = new TaskItem("CalibrationData");
        property.SetMetadata("Value", "all.npz");
        var task = new ListQuantInputs { BuildEngine = new RecordingEngine(), Models = [item], Defaults = [property], ProjectDirectory = _folder.Root };

        Assert.True(task.Execute());

        string[] expected = ["a.npz", "all.npz", "m.onnx", "pictures/1.png"];
        Assert.Equal(expected.Select(name => _folder[name]), task.Files.Select(f => f.ItemSpec));
    }

    [Fact]
    public void Metadata_of_every_item_are_not_passed_on()
    {
        var item = new TaskItem("m.onnx");
        item.SetMetadata("MaxDrop", "0.5%");
        item.SetMetadata("Link", "x");
        item.SetMetadata("copyToOutputDirectory", "Always");
        item.SetMetadata("MaxDorp", "1%");
        item.SetMetadata("Metric", "");

        Assert.Equal(new Dictionary<string, string> { ["MaxDorp"] = "1%", ["MaxDrop"] = "0.5%" }, ItemMetadata.Of(item));
    }
}
