using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Validation;
using QuantBuildTasks.Engine.Validation.Gates;
using QuantBuildTasks.Engine.Validation.Metrics;

namespace QuantBuildTasks.Tool.Tests.Requests;

public sealed class JobSetTests : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Settings_become_a_job()
    {
        _place.Write("data/validation.npy");

        int exitCode = _place.BuildFashion(
            ("ValidationData", @"data\validation.npy; data/calibration.npz"),
            ("Profiles", "x64-vnni;x64-vnni"),
            ("Precision", "INT8"),
            ("Recipe", "fast"),
            ("Metric", "top1"),
            ("MaxDrop", "0.5%"),
            ("MinCompression", "3.5"),
            ("MaxLatencyRatio", "0.8"),
            ("KeepFloat", "/head/*; Softmax"),
            ("BatchSize", "4"),
            ("BatchAxes", "state=1;rate=none"),
            ("PinnedInputs", "sr = 16000; a=b=1;size=[224, 224]"),
            ("Embed", "resource"),
            ("ClassName", "Fashion"),
            ("Namespace", "App"),
            ("Accessibility", "public"));

        Assert.Equal(0, exitCode);
        QuantJob job = Assert.Single(_place.Engine.Jobs);
        Assert.Equal(Path.Combine(_place.Folder, "models", "fashion.onnx"), Path.GetFullPath(job.ModelPath));
        Assert.Equal("models/fashion.onnx", job.DisplayPath);
        Assert.Equal([Path.Combine(_place.Folder, "data", "calibration.npz")], job.CalibrationData);
        Assert.Equal([Path.Combine(_place.Folder, "data", "validation.npy"), Path.Combine(_place.Folder, "data", "calibration.npz")], job.ValidationData);
        Assert.Equal(["x64-vnni"], job.Profiles.Select(p => p.Name));
        Assert.Equal((Precision.Int8, Recipe.Fast, MetricKind.Top1), (job.Precision, job.Recipe, job.Metrics.Single().Kind));
        Assert.Equal(new MaxDrop(MaxDropKind.Points, 0.005), job.Metrics[0].MaxDrop);
        Assert.Equal((3.5, 0.8, 4), (job.MinCompression, job.MaxLatencyRatio, job.BatchSize));
        Assert.Equal(["/head/*", "Softmax"], job.KeepFloat);
        Assert.Equal([new("state", 1), new("rate", null)], job.BatchAxes);
        Assert.Equal([new("sr", "16000"), new("a=b", "1"), new("size", "[224, 224]")], job.PinnedInputs);
    }

    [Fact]
    public void File_that_is_only_measured_needs_a_reference_at_most_and_no_calibration_data()
    {
        _place.Write("data/validation.npy");
        _place.Write("float.onnx");

        int exitCode = _place.BuildFashion(("CalibrationData", ""), ("ValidationData", "data/validation.npy"), ("Precision", "none"), ("Reference", "float.onnx"));

        Assert.Equal(0, exitCode);
        QuantJob job = Assert.Single(_place.Engine.Jobs);
        Assert.Equal((Precision.None, "float.onnx", Path.Combine(_place.Folder, "float.onnx")), (job.Precision, job.ReferenceDisplayPath, job.ReferencePath));
        Assert.Empty(job.CalibrationData);
    }

    [Fact]
    public void Stored_weights_need_no_calibration_data()
    {
        _place.Write("data/validation.npy");

        int exitCode = _place.BuildFashion(("CalibrationData", ""), ("ValidationData", "data/validation.npy"), ("Precision", "int8-weights"));

        Assert.Equal(0, exitCode);
        Assert.Empty(Assert.Single(_place.Engine.Jobs).CalibrationData);
    }

    [Theory]
    [InlineData("none", "", "QBT1014", "nothing to measure the model on: set ValidationData")]
    [InlineData("auto", "", "QBT1014", "int8 needs calibration data")]
    [InlineData("int8-weights", "", "QBT1014", "int8-weights needs no calibration, but there is nothing to measure the model on: set ValidationData or CalibrationData to an .npz file")]
    [InlineData("none", "missing.onnx", "QBT1001", "missing.onnx")]
    public void Missing_data_and_a_missing_reference_are_told_before_anything_starts(string precision, string reference, string code, string text)
    {
        _place.BuildFashion(("CalibrationData", ""), ("Precision", precision), ("Reference", reference));

        Assert.Contains(code, _place.Codes);
        Assert.Contains(_place.Events, e => e.Contains(text, StringComparison.Ordinal));
        Assert.Empty(_place.Engine.Jobs);
    }

    [Fact]
    public void Defaults_are_those_of_the_contract()
    {
        _place.BuildFashion();

        QuantJob job = Assert.Single(_place.Engine.Jobs);
        Assert.Equal((Precision.Auto, Recipe.Balanced, new MetricRequest()), (job.Precision, job.Recipe, job.Metrics.Single()));
        Assert.Equal((null, null, null, 0), (job.MinCompression, job.MaxLatencyRatio, job.BatchSize, job.Threads));
        Assert.Empty(job.ValidationData);
        Assert.Empty(job.KeepFloat);
    }

    [Fact]
    public void Metadata_win_over_properties_and_names_ignore_case()
    {
        _place.Build(
            "",
            new() { ["Recipe"] = "fast", ["Metric"] = "cosine", ["Threads"] = "2", ["Enabled"] = "true", ["KeepFloat"] = " " },
            ("models/fashion.onnx", "Fashion", new() { ["calibrationdata"] = "data/calibration.npz", ["recipe"] = "balanced" }));

        QuantJob job = Assert.Single(_place.Engine.Jobs);
        Assert.Equal((Recipe.Balanced, MetricKind.Cosine, 2), (job.Recipe, job.Metrics[0].Kind, job.Threads));
    }

    [Theory]
    [InlineData("", "x64-vnni x64-avx2 arm64")]
    [InlineData("linux-arm64", "arm64")]
    [InlineData("linux-x64", "x64-vnni x64-avx2")]
    [InlineData("win-x64", "x64-vnni x64-avx2")]
    public void Profiles_are_those_that_serve_the_runtime_identifier(string runtimeIdentifier, string expected)
    {
        _place.Build(runtimeIdentifier, [], ("models/fashion.onnx", "Fashion", new() { ["CalibrationData"] = "data/calibration.npz" }));

        Assert.Equal(expected, string.Join(' ', _place.Engine.Jobs.Single().Profiles.Select(p => p.Name)));
    }

    [Fact]
    public void Runtime_identifier_that_no_profile_serves_is_an_error()
    {
        int exitCode = _place.Build("linux-riscv64", [], ("models/fashion.onnx", "Fashion", new() { ["CalibrationData"] = "data/calibration.npz" }));

        Assert.Equal(2, exitCode);
        Assert.Equal(["QBT1021"], _place.Codes);
        Assert.Contains("linux-riscv64", _place.Events[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CalibratoinData", "x", "QBT1020", "Did you mean 'CalibrationData'?")]
    [InlineData("MaxDrops", "1%", "QBT1020", "Did you mean 'MaxDrop'?")]
    [InlineData("Profile", "x64-vnni", "QBT1020", "Did you mean 'Profiles'?")]
    [InlineData("Colour", "red", "QBT1020", "Known: CalibrationData")]
    [InlineData("Reference", "float.onnx", "QBT1021", "Set Precision to none")]
    [InlineData("Preprocess", "shape=224x224;scale=1/255", "QBT1021", "There is no key 'shape'")]
    [InlineData("MaxRegression", "1%", "QBT1022", "not implemented")]
    [InlineData("Embed", "file", "QBT1022", "not implemented")]
    [InlineData("Embed", "both", "QBT1022", "not implemented")]
    [InlineData("Recipe", "blanced", "QBT1021", "Did you mean 'balanced'?")]
    [InlineData("Precision", "int4-weights", "QBT1022", "Implemented: auto, int8")]
    [InlineData("Precision", "int9", "QBT1021", "Did you mean 'int8'?")]
    [InlineData("Metric", "top2", "QBT1021", "Allowed: top1")]
    [InlineData("Profiles", "x64-vni", "QBT1021", "Did you mean 'x64-vnni'?")]
    [InlineData("Profiles", ";", "QBT1021", "at least one")]
    [InlineData("MaxDrop", "much", "QBT1021", "Write points")]
    [InlineData("MinCompression", "-3", "QBT1021", "number above 0")]
    [InlineData("MinCompression", "3,5", "QBT1021", "decimal point")]
    [InlineData("MaxLatencyRatio", "Infinity", "QBT1021", "number above 0")]
    [InlineData("BatchSize", "0", "QBT1021", "above 0")]
    [InlineData("BatchAxes", "state", "QBT1021", "state=1")]
    [InlineData("PinnedInputs", "sr", "QBT1021", "sr=16000;batch=1")]
    [InlineData("PinnedInputs", "sr=", "QBT1021", "sr=16000;batch=1")]
    [InlineData("PinnedInputs", "sr=1;sr=2", "QBT1021", "'sr' twice")]
    [InlineData("Accessibility", "private", "QBT1021", "Allowed: internal, public")]
    [InlineData("CalibrationData", "data/none.npz", "QBT1010", "data/none.npz")]
    [InlineData("ValidationData", "data/calibration.npz;data/none.npy", "QBT1010", "data/none.npy")]
    [InlineData("ValidationData", "models/fashion.onnx", "QBT1021", "neither an .npz")]
    public void Mistake_is_one_error_with_advice_and_starts_nothing(string name, string value, string code, string advice)
    {
        int exitCode = _place.BuildFashion((name, value));

        Assert.Equal(2, exitCode);
        Assert.Equal([code], _place.Codes);
        Assert.Contains(advice, _place.Events[0], StringComparison.Ordinal);
        Assert.Contains("\"file\":\"models/fashion.onnx\"", _place.Events[0], StringComparison.Ordinal);
        Assert.Empty(_place.Engine.Jobs);
        Assert.Empty(_place.Outputs);
    }

    [Fact]
    public void Folder_of_test_data_is_data_and_one_of_its_files_is_not()
    {
        string set = Directory.CreateDirectory(Path.Combine(_place.Folder, "data", "test_data_set_0")).FullName;
        File.WriteAllBytes(Path.Combine(set, "input_0.pb"), [0]);

        _place.BuildFashion(("CalibrationData", "data/test_data_set_0"), ("ValidationData", "data/test_data_set_0/input_0.pb"));

        Assert.Equal(["QBT1021"], _place.Codes);
        Assert.Contains("Name the folder", _place.Events[0], StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_of_all_models_are_reported_at_once()
    {
        int exitCode = _place.Build(
            "",
            new() { ["Recipe"] = "wild", ["Recipee"] = "fast", ["LockFile"] = "quant.lock.json" },
            ("models/fashion.onnx", "Fashion", new() { ["CalibrationData"] = "data/calibration.npz", ["MaxDrop"] = "?", ["MaxDropp"] = "1%" }),
            ("models/none.onnx", "None", []));

        Assert.Equal(2, exitCode);
        Assert.Equal(["QBT1020", "QBT1022", "QBT1020", "QBT1021", "QBT1021", "QBT1001", "QBT1014"], _place.Codes);
    }

    [Fact]
    public void Mistake_in_a_property_names_the_property_and_no_model()
    {
        _place.Build("", new() { ["Recipe"] = "wild" }, ("models/fashion.onnx", "Fashion", new() { ["CalibrationData"] = "data/calibration.npz" }));

        Assert.Contains("QuantRecipe is \\\"wild\\\"", _place.Events[0], StringComparison.Ordinal);
        Assert.Contains("\"file\":null", _place.Events[0], StringComparison.Ordinal);
    }
}
