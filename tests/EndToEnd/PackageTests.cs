using System.IO.Compression;

namespace EndToEnd;

public sealed class PackageTests(PackedProduct product)
{
    [Fact]
    public void Package_holds_one_task_assembly_and_a_worker_for_every_host()
    {
        string[] files = Files();

        Assert.Equal(["tools/task/QuantBuildTasks.dll"], files.Where(f => f.StartsWith("tools/task/", StringComparison.Ordinal)));
        Assert.Equal(
            [
                "tools/worker/runtimes/linux-arm64/native/libonnxruntime.so",
                "tools/worker/runtimes/linux-x64/native/libonnxruntime.so",
                "tools/worker/runtimes/osx-arm64/native/libonnxruntime.dylib",
                "tools/worker/runtimes/win-arm64/native/onnxruntime.dll",
                "tools/worker/runtimes/win-x64/native/onnxruntime.dll",
            ],
            files.Where(f => Path.GetFileNameWithoutExtension(f) is "libonnxruntime" or "onnxruntime" && !f.EndsWith(".lib", StringComparison.Ordinal)));
        Assert.DoesNotContain(files, f => f.Contains("Microsoft.Build", StringComparison.Ordinal) || f.Contains("/android/", StringComparison.Ordinal));
    }

    [Fact]
    public void Notices_of_the_native_library_travel_with_it()
    {
        string[] files = Files();

        Assert.Contains("tools/worker/notices/onnxruntime/LICENSE", files);
        Assert.Contains("tools/worker/notices/onnxruntime/ThirdPartyNotices.txt", files);
    }

    [Fact]
    public void Every_library_of_the_worker_is_named_in_the_notices()
    {
        using ZipArchive package = Open();
        using var reader = new StreamReader(package.GetEntry("tools/worker/notices/THIRD-PARTY-NOTICES.txt")!.Open());
        string notices = reader.ReadToEnd();
        string[] libraries = [.. Files().Where(f => f.StartsWith("tools/worker/", StringComparison.Ordinal) && f.EndsWith(".dll", StringComparison.Ordinal))
            .Where(f => !f.Contains("/runtimes/", StringComparison.Ordinal))
            .Select(Path.GetFileName).OfType<string>()
            .Where(f => f is not ("quant.dll" or "quant-score.dll") && !f.StartsWith("QuantBuildTasks.", StringComparison.Ordinal))];

        Assert.NotEmpty(libraries);
        Assert.All(libraries, library => Assert.Contains(library, notices, StringComparison.Ordinal));
        Assert.Contains("tools/worker/notices/system.numerics.tensors/THIRD-PARTY-NOTICES.TXT", Files());
    }

    private ZipArchive Open() => ZipFile.OpenRead(Path.Combine(product.Feed, $"QuantBuildTasks.{product.Version}.nupkg"));

    private string[] Files()
    {
        using ZipArchive package = Open();
        return [.. package.Entries.Select(e => e.FullName).Order(StringComparer.Ordinal)];
    }
}
