using System.Text.Json;
using System.Text.Json.Serialization;

namespace QuantBuildTasks.Engine.Planning.Costs;

/// <summary>
/// What ONNX Runtime's kernels cost on one kind of processor, on one thread: a file beside this one, written by <c>benchmarks/Costs</c>, or derived
/// from such a file (docs/costs.md).
/// </summary>
internal sealed record CostTable
{
    /// <summary>The table's name: that of its file.</summary>
    public required string Name { get; init; }

    /// <summary>How the numbers were found, in a sentence.</summary>
    public required string Method { get; init; }

    /// <summary>Whether they were measured on such a processor; else they are an estimate.</summary>
    public bool IsMeasured { get; init; }

    /// <summary>The table that an estimate starts from; null where the numbers stand here.</summary>
    public string? From { get; init; }

    /// <summary>The tables whose mean this one is; null where it is none.</summary>
    public IReadOnlyList<string>? MeanOf { get; init; }

    /// <summary>The tables that a mean was worked out from; none where it is no mean.</summary>
    [JsonIgnore]
    public IReadOnlyList<CostTable> Parts { get; init; } = [];

    /// <summary>For each part as much as for any other; none where the table is no mean.</summary>
    [JsonIgnore]
    public IReadOnlyList<double> EqualWeights => [.. Parts.Select(_ => 1.0 / Parts.Count)];

    /// <summary>By what an estimate multiplies the costs of float32 kernels, and of conversions.</summary>
    public CostFactors? Float32Factors { get; init; }

    /// <summary>By what an estimate multiplies the costs of integer kernels.</summary>
    public CostFactors? Int8Factors { get; init; }

    public IReadOnlyDictionary<KernelKind, KernelCost> Float32 { get; init; } = new Dictionary<KernelKind, KernelCost>();

    public IReadOnlyDictionary<KernelKind, KernelCost> Int8 { get; init; } = new Dictionary<KernelKind, KernelCost>();

    /// <summary>QuantizeLinear of one value, with what brings its channels to the place where integer kernels want them.</summary>
    public ConversionCosts Quantize { get; init; } = new();

    /// <summary>DequantizeLinear of one value, and back to the place of float32 kernels.</summary>
    public ConversionCosts Dequantize { get; init; } = new();

    /// <summary>Reads a built-in table; an estimate or a mean is worked out.</summary>
    /// <param name="name">As profiles name it: <see cref="Profiles.HardwareProfile.Costs"/>.</param>
    public static CostTable Load(string name)
    {
        using Stream stream = typeof(CostTable).Assembly.GetManifestResourceStream($"costs/{name}.json")
            ?? throw new ArgumentException($"There is no table of costs '{name}'.", nameof(name));
        CostTable table = JsonSerializer.Deserialize(stream, CostJson.Readable.CostTable)!;
        return table.From is { } basis ? table.Derive(Load(basis)) : table.MeanOf is { } tables ? Mean(table with { Parts = [.. tables.Select(Load)] }) : table;
    }

    /// <summary>An estimate for profiles without a table: integers take 0.42 of the time of float32, wherever they stand.</summary>
    public static CostTable ByMultiplyAdds { get; } = new()
    {
        Name = "multiply-adds",
        Method = "Estimated by multiply-adds.",
        Float32 = Alike(UnknownLayer, 0.1),
        Int8 = Alike(UnknownLayer * IntegerTime, 0.1 * IntegerTime),
        Quantize = new ConversionCosts { Image = new KernelCost { Output = 0.05 }, Flat = new KernelCost { Output = 0.05 } },
        Dequantize = new ConversionCosts { Image = new KernelCost { Output = 0.05 }, Flat = new KernelCost { Output = 0.05 } },
    };

    /// <summary>ns for a multiply-add of layers that no table knows (GRU, transposed convolutions), on one thread.</summary>
    public const double UnknownLayer = 0.04;

    /// <summary>About what an integer kernel takes of a float one's time.</summary>
    public const double IntegerTime = 0.42;

    /// <summary>
    /// ns for each number and place of the window that an 8-bit MaxPool takes beyond what its line says where its channels stand first, as they do behind a QuantizeLinear: ONNX Runtime has a vector
    /// kernel for channels that stand last alone. Measured on Emerald Rapids: 1,450 µs for 28 × 28 × 64 results of 3 × 3 numbers.
    /// </summary>
    public const double ChannelsFirstPool = 3.2;

    /// <summary>
    /// ns for each byte of weights beyond what a line says, in models whose weights do not stay in a cache from one inference to the next: 28 GB/s. Measured on EPYC (Zen 4): products of one row with 1024 × 2048
    /// weights, four times, take 3.1 times as long as smaller ones let expect as float32, and 2.5 times as integers.
    /// </summary>
    public const double FarByte = 0.035;

    /// <summary>Float32 weights of more bytes do not stay in a cache: about what one of the cores that share a third-level cache has of it.</summary>
    public const long NearBytes = 8L << 20;

    /// <summary>The table for models whose weights do not stay in a cache.</summary>
    public CostTable WithFarWeights()
    {
        return this with { Parts = [.. Parts.Select(p => p.WithFarWeights())], Float32 = Far(Float32, sizeof(float)), Int8 = Far(Int8, sizeof(sbyte)) };

        // Of an LSTM weights count as often as steps read them, which is from a cache.
        static Dictionary<KernelKind, KernelCost> Far(IReadOnlyDictionary<KernelKind, KernelCost> costs, int bytes) =>
            costs.ToDictionary(c => c.Key, c => c.Key == KernelKind.Lstm ? c.Value : c.Value with { Weight = c.Value.Weight + (bytes * FarByte) });
    }

    /// <summary>ns of one call or conversion; 0 of a kernel that the table does not know.</summary>
    public double Of(WorkItem item) => item.Form == WorkForm.ChannelsFirstPool ? item.Work.MultiplyAdds * ChannelsFirstPool : (item.Form switch
    {
        WorkForm.Float32 => Float32.GetValueOrDefault(item.Work.Kind),
        WorkForm.Int8 => Int8.GetValueOrDefault(item.Work.Kind),
        WorkForm.QuantizeImage => Quantize.Image,
        WorkForm.QuantizeFlat => Quantize.Flat,
        WorkForm.DequantizeImage => Dequantize.Image,
        _ => Dequantize.Flat,
    })?.Of(item.Work) ?? 0;

    public byte[] Write() => [.. JsonSerializer.SerializeToUtf8Bytes(this, CostJson.Readable.CostTable), (byte)'\n'];

    /// <summary>The mean of the parts with other weights. Costs add up, so the costs of a plan in a mean of tables are the mean of its costs in each.</summary>
    /// <param name="weights">One for each part; they add up to 1.</param>
    public CostTable Mean(IReadOnlyList<double> weights)
    {
        return this with
        {
            Float32 = Kernels(t => t.Float32),
            Int8 = Kernels(t => t.Int8),
            Quantize = Conversion(t => t.Quantize),
            Dequantize = Conversion(t => t.Dequantize),
        };

        Dictionary<KernelKind, KernelCost> Kernels(Func<CostTable, IReadOnlyDictionary<KernelKind, KernelCost>> of) => of(Parts[0]).Keys.ToDictionary(k => k, k => Cost(t => of(t)[k]));

        ConversionCosts Conversion(Func<CostTable, ConversionCosts> of) => new() { Image = Cost(t => of(t).Image), Flat = Cost(t => of(t).Flat) };

        KernelCost Cost(Func<CostTable, KernelCost> of) => KernelCost.Mean(Parts.Zip(weights, (t, w) => (of(t), w)));
    }

    private static CostTable Mean(CostTable table) => table.Mean(table.EqualWeights);

    private static Dictionary<KernelKind, KernelCost> Alike(double multiplyAdd, double output) =>
        Enum.GetValues<KernelKind>().ToDictionary(k => k, _ => new KernelCost { MultiplyAdd = multiplyAdd, Output = output });

    private CostTable Derive(CostTable basis)
    {
        CostFactors float32 = Float32Factors ?? new CostFactors();
        CostFactors int8 = Int8Factors ?? new CostFactors();
        return this with
        {
            Float32 = basis.Float32.ToDictionary(p => p.Key, p => float32.Of(p.Value)),
            Int8 = basis.Int8.ToDictionary(p => p.Key, p => int8.Of(p.Value)),
            Quantize = basis.Quantize.Times(float32),
            Dequantize = basis.Dequantize.Times(float32),
        };
    }
}

/// <summary>How many times as long as on another processor something takes.</summary>
/// <param name="Node">A call.</param>
/// <param name="MultiplyAdd">A multiply-add.</param>
/// <param name="Element">All that is counted in elements and places.</param>
internal sealed record CostFactors(double Node = 1, double MultiplyAdd = 1, double Element = 1)
{
    public KernelCost Of(KernelCost cost) => cost.Times(Node, MultiplyAdd, Element);
}

/// <summary>What it costs to convert a value: <see cref="KernelCost.Node"/> ns, and <see cref="KernelCost.Output"/> ns for each element.</summary>
internal sealed record ConversionCosts
{
    /// <summary>Of a value with channels and places, whose layout differs between float32 and integer kernels.</summary>
    public KernelCost Image { get; init; } = new();

    /// <summary>Of any other one.</summary>
    public KernelCost Flat { get; init; } = new();

    public ConversionCosts Times(CostFactors factors) => new() { Image = factors.Of(Image), Flat = factors.Of(Flat) };
}

[JsonSerializable(typeof(CostTable))]
internal sealed partial class CostJson : JsonSerializerContext
{
    public static CostJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter<KernelKind>() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        WriteIndented = true,
        NewLine = "\n",
    });
}
