using System.Reflection;
using System.Text;
using Microsoft.ML.OnnxRuntime;

namespace QuantBuildTasks.Runtime;

/// <summary>
/// A model that QuantBuildTasks quantized and embedded in an assembly, in one or more variants. The build generates a property for each
/// (<c>QuantModels.Fashion</c>). Instances are safe to use from several threads at once, cost nothing until they are used, and need not be disposed.
/// </summary>
/// <example>
/// <code>
/// using InferenceSession session = QuantModels.Fashion.CreateSession();
/// Console.WriteLine(QuantModels.Fashion.Choose().Reason);
/// </code>
/// </example>
public sealed class QuantModel
{
    private readonly Func<string, Stream?> _open;
    private readonly string _owner;
    private readonly Func<ProcessorInfo> _processor;
    private readonly Func<string, string?> _environment;
    private readonly CudaProvider _cuda;
    private readonly Func<string> _runtimeVersion;
    private readonly Lazy<ModelIndex> _index;
    private volatile string? _cudaFailure;

    /// <summary>Refers to an embedded model; nothing is read yet.</summary>
    /// <param name="assembly">The assembly that holds the model's resources.</param>
    /// <param name="name">The model's class name in the build, for example <c>Fashion</c>.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public QuantModel(Assembly assembly, string name)
        : this(
            name ?? throw new ArgumentNullException(nameof(name)),
            (assembly ?? throw new ArgumentNullException(nameof(assembly))).GetName().Name ?? "",
            assembly.GetManifestResourceStream,
            () => ProcessorInfo.Current,
            Environment.GetEnvironmentVariable,
            CudaProvider.Current,
            NativeVersion.Read)
    {
    }

    /// <summary>The parts that tests replace.</summary>
    internal QuantModel(string name, string owner, Func<string, Stream?> open, Func<ProcessorInfo> processor, Func<string, string?> environment, CudaProvider cuda, Func<string> runtimeVersion)
    {
        Name = name;
        _owner = owner;
        _open = open;
        _processor = processor;
        _environment = environment;
        _cuda = cuda;
        _runtimeVersion = runtimeVersion;
        _index = new Lazy<ModelIndex>(ReadIndex);
    }

    /// <summary>The model's class name in the build.</summary>
    public string Name { get; }

    /// <summary>The path of the float model that the variants were made from, as the project names it.</summary>
    /// <exception cref="QuantModelException"><c>QBT5005</c>: the index of the model is missing or damaged.</exception>
    public string Source => _index.Value.Source;

    /// <summary>What is embedded, in order of preference.</summary>
    /// <exception cref="QuantModelException"><c>QBT5005</c>: the index of the model is missing or damaged.</exception>
    public IReadOnlyList<ModelVariant> Variants => _index.Value.Variants;

    /// <summary>
    /// Tells which variant <see cref="CreateSession"/> opens on this machine, and why. It is <paramref name="profile"/> where that is given, else what
    /// the environment variable <c>QUANT_VARIANT</c> names, else the first variant whose architecture and features fit the processor, else a
    /// variant of this architecture that gives the right results, if slowly. A variant for CUDA is among them only where ONNX Runtime can
    /// use an NVIDIA processor, which is tried out once in the process, and where <see cref="CreateSession"/> makes the options.
    /// </summary>
    /// <param name="profile">The profile to use whatever the processor; null to choose.</param>
    /// <param name="ownOptions">Whether the session will be created with options of the caller.</param>
    /// <exception cref="QuantModelException">
    /// <c>QBT5004</c>: there is no variant for the architecture of this process, or none of the requested name; <c>QBT5005</c>: the index of the model is missing or damaged;
    /// <c>QBT5003</c>, where the model has a variant for CUDA: the application has no native ONNX Runtime, or one that is older than the managed part.
    /// </exception>
    public VariantChoice Choose(string? profile = null, bool ownOptions = false) => Choose(VariantRequest.From(profile, _environment), ownOptions);

    /// <summary>
    /// Opens the variant for this machine: reads it from the assembly without a temporary file, verifies its length and SHA-256 and creates a session from it.
    /// The one managed buffer for that, as long as the variant, is released when the method returns; ONNX Runtime keeps its own copy of the weights.
    /// </summary>
    /// <param name="options">
    /// Options for the session, which stay the caller's to dispose; null for ONNX Runtime's defaults, to which a variant for CUDA adds that provider. Where <see cref="VariantChoice.ExactArithmetic"/> is set,
    /// the entry <c>session.x64quantprecision</c> = <c>1</c> is added to them, which has no effect on float models. Execution providers in the
    /// caller's options are the caller's matter: a variant for CUDA is opened with them only where it is asked for by name.
    /// </param>
    /// <param name="profile">The profile to use whatever the processor; null to choose.</param>
    /// <returns>A session that the caller disposes.</returns>
    /// <exception cref="QuantModelException">
    /// <c>QBT5003</c>: the application has no native ONNX Runtime, or one that is older than the managed part; <c>QBT5004</c>: there is no variant for the architecture of this process, or none of the
    /// requested name; <c>QBT5005</c>: the variant or the index is missing or damaged.
    /// </exception>
    /// <exception cref="OnnxRuntimeException">ONNX Runtime refuses the model or the options, or cannot use CUDA where that was asked for by name.</exception>
    public InferenceSession CreateSession(SessionOptions? options = null, string? profile = null)
    {
        VariantRequest? request = VariantRequest.From(profile, _environment);
        VariantChoice choice = Choose(request, options is not null);
        if (options is not null || choice.Variant.ExecutionProvider != CudaProvider.Word)
        {
            return SessionFactory.Create(Read(choice), choice, options);
        }

        try
        {
            return SessionFactory.CreateWith(_cuda, Read(choice));
        }
        catch (OnnxRuntimeException e) when (request is null)
        {
            // Nobody asked for CUDA, so nobody shall miss it: this model stays with the processor from now on, and Choose says why.
            _cudaFailure = $"ONNX Runtime could not open it ({CudaProvider.FirstLine(e)})";
            VariantChoice next = Choose(request, ownOptions: false);
            return SessionFactory.Create(Read(next), next, options);
        }
    }

    /// <summary>The model's name.</summary>
    public override string ToString() => Name;

    private VariantChoice Choose(VariantRequest? request, bool ownOptions) =>
        VariantSelection.Choose(Name, Variants, _processor(), request, v => Objection(v, ownOptions));

    /// <summary>Nothing native is loaded for a variant that asks for nothing native.</summary>
    private string? Objection(ModelVariant variant, bool ownOptions)
    {
        if (variant.MinimumRuntimeVersion is { } lowest && NativeVersion.IsOlder(_runtimeVersion(), lowest))
        {
            return $"it needs ONNX Runtime {lowest}, and this one is {_runtimeVersion()}";
        }

        return variant.ExecutionProvider != CudaProvider.Word ? null
            : ownOptions ? "the session gets options of the caller, to whom its execution provider is left; ask for it by name"
            : _cudaFailure ?? _cuda.Objection;
    }

    private byte[] Read(VariantChoice choice) => VariantReader.Read(choice.Variant, Name, _owner, _open);

    private ModelIndex ReadIndex()
    {
        string resource = $"QuantBuildTasks/{Name}/index.tsv";
        using Stream stream = _open(resource) ?? throw new QuantModelException(
            Codes.VariantCorrupt,
            $"Assembly '{_owner}' holds no model '{Name}': it has no resource '{resource}'. Build the project with QuantBuildTasks, and without QuantEnabled=false.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return ModelIndex.Parse(reader, resource);
    }
}
