using System.Globalization;

namespace QuantBuildTasks.Runtime;

/// <summary>The variants of one model, read from the resource <c>index.tsv</c> that the build embeds (format: docs/worker-protocol.md, «Index»).</summary>
internal sealed class ModelIndex
{
    private const string Format = "1";

    private ModelIndex(string source, IReadOnlyList<ModelVariant> variants)
    {
        Source = source;
        Variants = variants;
    }

    /// <summary>The float model's path as the project names it.</summary>
    public string Source { get; }

    /// <summary>In order of preference.</summary>
    public IReadOnlyList<ModelVariant> Variants { get; }

    /// <exception cref="QuantModelException">The index is not one, is of another version, or has a broken line.</exception>
    public static ModelIndex Parse(TextReader reader, string resource)
    {
        string[] header = Fields(reader.ReadLine());
        if (header.Length != 2 || header[0] != "quant-index")
        {
            throw Damaged(resource, 1, "it does not start with 'quant-index'");
        }

        if (header[1] != Format)
        {
            throw new QuantModelException(
                Codes.VariantCorrupt,
                $"The index '{resource}' has format {header[1]}; this QuantBuildTasks.Runtime reads format {Format}. Use the same version of QuantBuildTasks and QuantBuildTasks.Runtime.");
        }

        string[] model = Fields(reader.ReadLine());
        if (model.Length != 3 || model[0] != "model")
        {
            throw Damaged(resource, 2, "'model', a name and a path are expected");
        }

        var variants = new List<ModelVariant>();
        int number = 2;
        while (reader.ReadLine() is { } line)
        {
            ModelVariant variant = ParseVariant(Fields(line), resource, ++number);
            if (variants.Exists(v => v.Profile == variant.Profile))
            {
                throw Damaged(resource, number, $"profile '{variant.Profile}' stands there twice");
            }

            variants.Add(variant);
        }

        return variants.Count > 0 ? new ModelIndex(model[2], variants) : throw Damaged(resource, number, "no variant follows");
    }

    private static ModelVariant ParseVariant(string[] fields, string resource, int number)
    {
        if (fields.Length is not (7 or 8) || fields[0] != "variant" || Array.Exists(fields, f => f.Length == 0))
        {
            throw Damaged(resource, number, $"'variant' and six or seven fields are expected, it has {fields.Length} fields");
        }

        string hash = fields[3];
        if (hash.Length != 64 || !hash.All(c => c is (>= '0' and <= '9') or (>= 'a' and <= 'f')))
        {
            throw Damaged(resource, number, $"'{hash}' is not a SHA-256");
        }

        // An int: ONNX files are protobuf messages, which end at 2 GiB.
        if (!int.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out int length) || length == 0)
        {
            throw Damaged(resource, number, $"'{fields[4]}' is not a length");
        }

        Version? runtime = null;
        if (fields.Length == 8 && !Version.TryParse(fields[7], out runtime))
        {
            throw Damaged(resource, number, $"'{fields[7]}' is not a version");
        }

        string[] features = fields[6] == "-" ? [] : fields[6].Split('|');
        return Array.Exists(features, f => f.Length == 0)
            ? throw Damaged(resource, number, $"'{fields[6]}' names an empty feature")
            : new ModelVariant(fields[1], fields[2], hash, length, fields[5], features) { MinimumRuntimeVersion = runtime };
    }

    private static string[] Fields(string? line) => line is null ? [] : line.Split('\t');

    private static QuantModelException Damaged(string resource, int line, string what) =>
        new(Codes.VariantCorrupt, $"The index '{resource}' is damaged: line {line}: {what}. Rebuild the project that embeds the model.");
}
