using QuantBuildTasks.Engine.Model.Serialization;

namespace EndToEnd;

/// <summary>A project that has been built once; each test starts with a build of its own, so their order plays no part.</summary>
public sealed class BuiltProject
{
    public BuiltProject(PackedProduct product)
    {
        Project = new ConsumerProject(product);
        Project.Build().Succeeded();
    }

    internal ConsumerProject Project { get; }
}

public sealed class IncrementalTests(BuiltProject built) : IClassFixture<BuiltProject>
{
    private readonly ConsumerProject _project = built.Project;

    private string Model => _project["models/bert.de.onnx"];

    private string Artifact => Path.Combine(_project.Output, "BertDe", "x64-vnni.onnx");

    [Fact]
    public void Second_build_starts_no_worker_and_keeps_the_assembly()
    {
        _project.Build().Succeeded();
        DateTime then = File.GetLastWriteTimeUtc(_project["bin/Debug/net10.0/App.dll"]);

        Assert.Equal(0, _project.Build().Succeeded().WorkersStarted);
        Assert.Equal(then, File.GetLastWriteTimeUtc(_project["bin/Debug/net10.0/App.dll"]));
        Assert.True(File.Exists(Artifact));
        Assert.StartsWith("variant", _project.RunApp(), StringComparison.Ordinal);
    }

    [Fact]
    public void Touched_model_starts_the_worker()
    {
        _project.Build().Succeeded();
        File.SetLastWriteTimeUtc(Model, DateTime.UtcNow);

        Assert.Equal(1, _project.Build().Succeeded().WorkersStarted);
    }

    [Fact]
    public void Older_data_put_back_start_the_worker()
    {
        _project.Build().Succeeded();
        File.SetLastWriteTimeUtc(_project["data/calibration.npz"], new DateTime(2001, 1, 1, 0, 0, Random.Shared.Next(60), DateTimeKind.Utc));

        Assert.Equal(1, _project.Build().Succeeded().WorkersStarted);
    }

    [Fact]
    public void Weights_beside_the_model_are_read_and_a_change_of_them_starts_the_worker()
    {
        byte[] whole = File.ReadAllBytes(Model);
        string data = _project["models/bert.data"];
        try
        {
            using (FileStream weights = File.Create(data))
            {
                File.WriteAllBytes(Model, new StoredModel(whole).WriteParts("bert.data", weights));
            }

            Assert.Equal(1, _project.Build().Succeeded().WorkersStarted);
            Assert.Equal(0, _project.Build().Succeeded().WorkersStarted);
            File.SetLastWriteTimeUtc(data, new DateTime(2001, 1, 1, 0, 0, Random.Shared.Next(60), DateTimeKind.Utc));
            Assert.Equal(1, _project.Build().Succeeded().WorkersStarted);
        }
        finally
        {
            File.WriteAllBytes(Model, whole);
            File.Delete(data);
        }
    }

    [Fact]
    public void Other_option_starts_the_worker()
    {
        _project.Build().Succeeded();

        Assert.Equal(1, _project.Build("-p:QuantRecipe=fast").Succeeded().WorkersStarted);
    }

    [Fact]
    public void Artifact_that_was_cut_off_is_made_again()
    {
        _project.Build().Succeeded();
        byte[] whole = File.ReadAllBytes(Artifact);
        File.WriteAllBytes(Artifact, whole[..100]);

        Assert.Equal(1, _project.Build().Succeeded().WorkersStarted);
        Assert.Equal(whole, File.ReadAllBytes(Artifact));
    }

    [Fact]
    public void Killed_build_leaves_nothing_that_a_later_one_trusts()
    {
        _project.Build().Succeeded();
        byte[] whole = File.ReadAllBytes(Artifact);
        DateTime then = File.GetLastWriteTimeUtc(Model);

        File.SetLastWriteTimeUtc(Model, then.AddSeconds(1));
        _project.BuildAndKill();
        File.SetLastWriteTimeUtc(Model, then);

        _project.Build().Succeeded();
        Assert.Equal(whole, File.ReadAllBytes(Artifact));
        Assert.StartsWith("variant", _project.RunApp(), StringComparison.Ordinal);
    }

    [Fact]
    public void Clean_removes_all_that_was_made()
    {
        _project.Build().Succeeded();

        _project.Clean().Succeeded();

        Assert.False(Directory.Exists(_project.Output));
        Assert.Equal(1, _project.Build().Succeeded().WorkersStarted);
    }

    [Fact]
    public void Switched_off_the_models_leave_the_assembly_and_on_again_they_are_back()
    {
        _project.Build().Succeeded();
        string app = _project["bin/Debug/net10.0/App.dll"];
        long with = new FileInfo(app).Length;

        _project.Build("-p:QuantEnabled=false").Succeeded();
        Assert.True(new FileInfo(app).Length < with);

        _project.Build().Succeeded();
        Assert.Equal(with, new FileInfo(app).Length);
        Assert.StartsWith("variant", _project.RunApp(), StringComparison.Ordinal);
    }

    [Fact]
    public void Editor_and_watch_are_told_the_data()
    {
        _project.WriteTargets("""
            <Target Name="CollectUpToDateCheckInputDesignTime"><Message Importance="high" Text="input %(UpToDateCheckInput.FullPath) of %(UpToDateCheckInput.Set)" /></Target>
            <Target Name="ShowWatched" DependsOnTargets="$(CustomCollectWatchItems)"><Message Importance="high" Text="watched %(Watch.FullPath)" /></Target>
            """);
        string list = "-p:QuantCalibrationData=data/all.npz";

        string asked = _project.MSBuild("-t:CollectUpToDateCheckInputDesignTime", list).Succeeded().Output;
        string watched = _project.MSBuild("-t:ShowWatched", list).Succeeded().Output;
        _project.WriteTargets("");

        Assert.All(["models/bert.de.onnx", "data/calibration.npz", "data/validation.npz", "data/all.npz"], name =>
        {
            Assert.Contains($"input {_project[name]} of Quant", asked, StringComparison.Ordinal);
            Assert.Contains($"watched {_project[name]}", watched, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Design_time_build_has_the_accessor_and_starts_no_worker()
    {
        _project.Clean().Succeeded();

        BuildOutcome designed = _project.MSBuild(
            "-t:Compile", "-p:DesignTimeBuild=true", "-p:BuildingInsideVisualStudio=true", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true").Succeeded();

        Assert.Equal(0, designed.WorkersStarted);
        Assert.Equal(["QuantModels.g.cs"], Directory.GetFileSystemEntries(_project.Output).Select(Path.GetFileName));
    }
}
