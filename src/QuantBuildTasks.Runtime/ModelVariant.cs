namespace QuantBuildTasks.Runtime;

/// <summary>One form of a model: the file that the build made for one hardware profile.</summary>
public sealed class ModelVariant
{
    /// <summary>Among the words of the index.</summary>
    internal const string VnniAlone = "vnni-alone";

    /// <param name="profile">The profile's name.</param>
    /// <param name="resource">Where the bytes are.</param>
    /// <param name="sha256">Their hash.</param>
    /// <param name="length">Their number.</param>
    /// <param name="architecture">Of the process.</param>
    /// <param name="features">The words of the index: processor features, the execution provider where it is not the CPU's, and <see cref="VnniAlone"/>.</param>
    internal ModelVariant(string profile, string resource, string sha256, int length, string architecture, IReadOnlyList<string> features)
    {
        Profile = profile;
        Resource = resource;
        Sha256 = sha256;
        Length = length;
        Architecture = architecture;
        ExecutionProvider = features.Contains(CudaProvider.Word) ? CudaProvider.Word : "cpu";
        NeedsVnni = features.Contains(VnniAlone);
        Features = [.. features.Where(f => f is not (CudaProvider.Word or VnniAlone))];
    }

    /// <summary>The hardware profile, for example <c>x64-vnni</c>.</summary>
    public string Profile { get; }

    /// <summary>Name of the manifest resource that holds the ONNX file. Variants whose bytes are equal name the same resource.</summary>
    public string Resource { get; }

    /// <summary>SHA-256 of the ONNX file: 64 lower-case hexadecimal digits.</summary>
    public string Sha256 { get; }

    /// <summary>Size of the ONNX file in bytes.</summary>
    public int Length { get; }

    /// <summary>The process architecture that the variant is made for, in the words of runtime identifiers: <c>x64</c>, <c>arm64</c>.</summary>
    public string Architecture { get; }

    /// <summary>
    /// Processor features of which at least one must be there, for example <c>avx512-vnni</c> and <c>avx-vnni</c>; empty where any processor
    /// of the architecture will do.
    /// </summary>
    public IReadOnlyList<string> Features { get; }

    /// <summary>ONNX Runtime's execution provider that the variant is made for: <c>cpu</c>, which is always there, or <c>cuda</c>.</summary>
    public string ExecutionProvider { get; }

    /// <summary>
    /// Whether x64 processors without VNNI cannot open it with right results: ONNX Runtime's exact kernels are out of reach where two layers read one 8-bit weight, or a branch reads one from around it.
    /// </summary>
    public bool NeedsVnni { get; }

    /// <summary>The lowest version of ONNX Runtime, where it is above that which this package demands itself; else null.</summary>
    public Version? MinimumRuntimeVersion { get; internal set; }

    /// <summary>The profile's name.</summary>
    public override string ToString() => Profile;
}
