namespace QuantBuildTasks.Engine.Pipeline.Emulation;

/// <summary>
/// The root folder that an emulated arm64 program sees. qemu passes on the host's <c>/proc/cpuinfo</c>, in which ONNX Runtime looks for an arm64 processor
/// and crashes where it finds an x64 one. So the program gets a folder of links to the real libraries, and beside them a description of one
/// processor: the same on every host.
/// </summary>
internal sealed class ForeignRoot : IDisposable
{
    private string? _folder;

    /// <summary>Makes the folder on the first call.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <param name="libraries">The folder that holds <c>lib</c> of that architecture.</param>
    public string Of(string libraries) => _folder ??= Make(libraries);

    public void Dispose()
    {
        if (_folder is { } folder)
        {
            // Links go, not what they lead to.
            Directory.Delete(folder, recursive: true);
            _folder = null;
        }
    }

    private static string Make(string libraries)
    {
        string folder = Directory.CreateTempSubdirectory("quant-root-").FullName;
        try
        {
            Fill(folder, libraries);
            return folder;
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    private static void Fill(string folder, string libraries)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(libraries).Where(e => Path.GetFileName(e) is not ("proc" or "sys")))
        {
            Directory.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(entry)), Path.GetFullPath(entry));
        }

        string cpu = Path.Combine(folder, "sys", "devices", "system", "cpu");
        Directory.CreateDirectory(cpu);
        foreach (string list in (string[])["kernel_max", "possible", "present"])
        {
            File.WriteAllText(Path.Combine(cpu, list), "0\n");
        }

        Directory.CreateDirectory(Path.Combine(folder, "proc"));
        File.WriteAllText(Path.Combine(folder, "proc", "cpuinfo"), NeoverseN1);
    }

    /// <summary>Arm Neoverse N1, as Linux describes it: Armv8.2 with dot products, which most arm64 servers and telephones have.</summary>
    private const string NeoverseN1 = """
        processor	: 0
        BogoMIPS	: 50.00
        Features	: fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp
        CPU implementer	: 0x41
        CPU architecture: 8
        CPU variant	: 0x3
        CPU part	: 0xd0c
        CPU revision	: 1

        """;
}
