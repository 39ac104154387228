using System.Globalization;

namespace QuantBuildTasks.Engine.Packaging;

/// <summary>
/// One line that says what all models of a project add to the app:
/// <c>QuantBuildTasks: 3 models, 7 variants in 5 files, 4.2 MB embedded, 0.31 of the float32 models' 13.5 MB</c>.
/// </summary>
internal static class BuildSummary
{
    /// <summary>The line. Byte-identical variants of a model are one file; the indexes count among the bytes, not among the files.</summary>
    public static string Of(ResultManifest manifest)
    {
        int models = manifest.Models.Count;
        int variants = manifest.Models.Sum(m => m.Results.Count);
        int files = manifest.Models.Sum(m => m.Resources.Count(r => Path.GetFileName(r.Path) != VariantIndex.FileName));
        long embedded = manifest.Models.Sum(m => m.Resources.Sum(r => r.Bytes));
        long floatBytes = manifest.Models.Sum(m => m.FloatBytes);
        string share = ((double)embedded / floatBytes).ToString("0.00", CultureInfo.InvariantCulture);
        string owner = models == 1 ? "model's" : "models'";
        return $"QuantBuildTasks: {Count(models, "model")}, {Count(variants, "variant")} in {Count(files, "file")}, {Size(embedded)} embedded, {share} of the float32 {owner} {Size(floatBytes)}";
    }

    private static string Count(int number, string what) => $"{number.ToString(CultureInfo.InvariantCulture)} {what}{(number == 1 ? "" : "s")}";

    /// <summary>Decimal units, as file managers and package feeds count.</summary>
    private static string Size(long bytes) => bytes < 1_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
}
