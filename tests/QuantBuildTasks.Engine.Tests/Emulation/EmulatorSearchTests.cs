using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference.Emulation;
using QuantBuildTasks.Engine.Pipeline.Emulation;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Tests.Emulation;

public sealed class EmulatorSearchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qbt-emu ü ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Emulator_on_the_path_runs_the_scoring_program_beside_the_worker_on_the_machines_own_runtime()
    {
        string emulator = Touch("bin/qemu-x86_64-static");
        string scorer = Touch("worker/quant-score.dll");

        (ScoringProgram? program, string? missing) = Search(new EmulationSettings()).Find(BuiltInProfiles.X64Avx2);

        Assert.Null(missing);
        Assert.Equal((emulator, "qemu-x86_64 -cpu Haswell"), (program!.FileName, program.Description));
        Assert.Equal(["-cpu", "Haswell", "/usr/bin/dotnet", "exec", scorer], program.Arguments);
        Assert.Equal("0", program.Environment["DOTNET_TieredCompilation"]);
    }

    [Fact]
    public void Program_for_another_architecture_comes_from_the_package_and_gets_a_root_folder()
    {
        string emulator = Touch("bin/qemu-aarch64");
        string scorer = Touch("emulation/linux-arm64/quant-score");

        ScoringProgram program = Search(new EmulationSettings { Directory = Path.Combine(_folder, "emulation") }).Find(BuiltInProfiles.Arm64).Program!;

        Assert.Equal(emulator, program.FileName);
        Assert.Equal(["-L", "root of " + Path.Combine(_folder, "libraries"), "-cpu", "neoverse-n1", scorer], program.Arguments);
    }

    [Fact]
    public void Plain_name_goes_before_the_static_one_and_a_folder_before_the_path()
    {
        Touch("bin/qemu-x86_64");
        Touch("bin/qemu-x86_64-static");
        Touch("worker/quant-score.dll");
        string other = Touch("other/qemu-x86_64-static");

        Assert.Equal("qemu-x86_64", Path.GetFileName(Search(new EmulationSettings()).Find(BuiltInProfiles.X64Avx2).Program!.FileName));
        Assert.Equal(other, Search(new EmulationSettings { Emulator = Path.Combine(_folder, "other") }).Find(BuiltInProfiles.X64Avx2).Program!.FileName);
        Assert.Equal(other, Search(new EmulationSettings { Emulator = other }).Find(BuiltInProfiles.X64Avx2).Program!.FileName);
    }

    [Theory]
    [InlineData("x64-avx2", "", "there is no qemu-x86_64 on the path; install qemu-user")]
    [InlineData("x64-avx2", "bin/qemu-x86_64", "quant-score.dll' is missing")]
    [InlineData("arm64", "bin/qemu-aarch64", "reference the package QuantBuildTasks.Emulation")]
    [InlineData("x64-vnni", "bin/qemu-x86_64", "no emulator of its processors is known")]
    public void What_is_missing_is_said(string profile, string file, string text)
    {
        if (file.Length > 0)
        {
            Touch(file);
        }

        (ScoringProgram? program, string? missing) = Search(new EmulationSettings()).Find(BuiltInProfiles.All.Single(p => p.Name == profile));

        Assert.Null(program);
        Assert.Contains(text, missing, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_libraries_are_named_with_the_packages_that_bring_them()
    {
        Touch("bin/qemu-aarch64");
        Touch("emulation/linux-arm64/quant-score");
        Directory.Delete(Path.Combine(_folder, "libraries"));

        string missing = Search(new EmulationSettings { Directory = Path.Combine(_folder, "emulation") }).Find(BuiltInProfiles.Arm64).Missing!;

        Assert.Contains("libstdc++6-arm64-cross", missing, StringComparison.Ordinal);
    }

    [Fact]
    public void None_means_none_and_needs_no_reason() =>
        Assert.Equal((null, null), Search(new EmulationSettings { Emulator = "None" }).Find(BuiltInProfiles.X64Avx2));

    [Fact]
    public void Named_emulator_that_is_not_there_is_an_error()
    {
        QuantException e = Assert.Throws<QuantException>(() => Search(new EmulationSettings { Emulator = "/nowhere/qemu" }).Find(BuiltInProfiles.X64Avx2));

        Assert.Equal(Codes.EmulatorUnusable, e.Diagnostic.Code);
        Assert.Contains("/nowhere/qemu", e.Diagnostic.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_is_no_emulator_is_an_error_and_a_bare_name_is_looked_up_on_the_path()
    {
        Touch("worker/quant-score.dll");
        string versioned = Touch("bin/qemu-x86_64-8.2");

        Assert.Throws<QuantException>(() => Search(new EmulationSettings { Emulator = Touch("bin/valgrind") }).Find(BuiltInProfiles.X64Avx2));
        Assert.Equal(versioned, Search(new EmulationSettings { Emulator = "qemu-x86_64-8.2" }).Find(BuiltInProfiles.X64Avx2).Program!.FileName);
        Assert.Throws<QuantException>(() => Search(new EmulationSettings { Emulator = "qemu-none" }).Find(BuiltInProfiles.X64Avx2));
    }

    [Fact]
    public void Other_systems_than_Linux_have_no_user_mode_emulation() =>
        Assert.Contains("needs Linux", new EmulatorSearch(new EmulationSettings(), Host() with { IsLinux = false }, r => r).Find(BuiltInProfiles.X64Avx2).Missing, StringComparison.Ordinal);

    private EmulatorSearch Search(EmulationSettings settings) => new(settings, Host(), libraries => "root of " + libraries);

    private EmulationHost Host() => new()
    {
        IsLinux = true,
        RuntimeIdentifier = "linux-x64",
        WorkerDirectory = Path.Combine(_folder, "worker"),
        DotNet = "/usr/bin/dotnet",
        SearchPath = [Path.Combine(_folder, "empty"), Path.Combine(_folder, "bin")],
        LibraryPrefix = Made("libraries"),
    };

    private string Made(string name) => _made.TryAdd(name, true) ? Directory.CreateDirectory(Path.Combine(_folder, name)).FullName : Path.Combine(_folder, name);

    private readonly Dictionary<string, bool> _made = [];

    private string Touch(string name)
    {
        string path = Path.Combine(_folder, name);
        Made("libraries");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "");
        return path;
    }
}
