namespace QuantBuildTasks.Runtime;

/// <summary>
/// The Linux kernel's list of processor features in <c>/proc/cpuinfo</c>. It leaves out what the kernel does not let programs use.
/// </summary>
internal static class CpuInfo
{
    private const string Path = "/proc/cpuinfo";

    /// <summary>The kernel's list; empty where there is none, or the process cannot read it.</summary>
    public static string Read() => Read(File.Exists, File.ReadAllText);

    /// <summary>The parts that tests replace.</summary>
    internal static string Read(Func<string, bool> exists, Func<string, string> read)
    {
        try
        {
            return exists(Path) ? read(Path) : "";
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            // Containers mask the file in either way; the features are unknown then, which is no reason not to open a model.
            return "";
        }
    }

    /// <summary>The features of the first processor in <paramref name="text"/>, in our words; null where the list does not tell.</summary>
    public static List<string>? Features(string architecture, string text)
    {
        (string key, (string Kernel, string Ours)[] names) = architecture switch
        {
            "x64" or "x86" => ("flags", new[] { ("avx2", ProcessorFeature.Avx2), ("avx_vnni", ProcessorFeature.AvxVnni), ("avx512_vnni", ProcessorFeature.Avx512Vnni) }),
            "arm64" => ("Features", [("asimddp", ProcessorFeature.DotProd), ("i8mm", ProcessorFeature.I8mm)]),
            _ => ("", []),
        };

        foreach (string line in text.Split('\n'))
        {
            int colon = line.IndexOf(':');
            if (colon >= 0 && line.Substring(0, colon).Trim() == key)
            {
                var kernel = new HashSet<string>(line.Substring(colon + 1).Split([' '], StringSplitOptions.RemoveEmptyEntries));
                return [.. names.Where(n => kernel.Contains(n.Kernel)).Select(n => n.Ours)];
            }
        }

        return null;
    }
}
