namespace QuantBuildTasks.Engine.Profiles;

/// <summary>The profiles that a build can name: the built-in ones, and those that a project defines.</summary>
internal sealed class ProfileCatalog
{
    private ProfileCatalog(IReadOnlyList<HardwareProfile> all) => All = all;

    public static ProfileCatalog BuiltIn { get; } = new(BuiltInProfiles.All);

    /// <summary>In the order in which an app looks for one that fits.</summary>
    public IReadOnlyList<HardwareProfile> All { get; }

    /// <summary>With further profiles, each right before the built-in one that it is based on: whoever defines one wants it where it fits.</summary>
    /// <param name="defined">Profiles by the name of the built-in one, in the order of the project.</param>
    public static ProfileCatalog With(IEnumerable<(HardwareProfile Profile, string BasedOn)> defined)
    {
        ILookup<string, HardwareProfile> byBase = defined.ToLookup(d => d.BasedOn, d => d.Profile, StringComparer.Ordinal);
        return new ProfileCatalog([.. BuiltInProfiles.All.SelectMany(builtIn => byBase[builtIn.Name].Append(builtIn))]);
    }

    /// <summary>
    /// The profiles that are made where nobody names any: those that serve the runtime identifier (empty: all). One for another execution provider than
    /// the CPU's is among them only where the app brings that provider.
    /// </summary>
    /// <param name="runtimeIdentifier">Of the project, or empty.</param>
    /// <param name="gpuPackage">Whether the project references an ONNX Runtime with the CUDA provider.</param>
    public IReadOnlyList<HardwareProfile> For(string runtimeIdentifier, bool gpuPackage) =>
        [.. All.Where(p => p.Serves(runtimeIdentifier) && (gpuPackage || p.ExecutionProvider == HardwareProfile.CpuProvider))];

    /// <summary>The named profiles, in the order of <see cref="All"/>: in which order a user writes them must not decide what an app opens.</summary>
    public IReadOnlyList<HardwareProfile> InOrder(IEnumerable<HardwareProfile> profiles)
    {
        HashSet<HardwareProfile> named = [.. profiles];
        return [.. All.Where(named.Contains)];
    }
}
