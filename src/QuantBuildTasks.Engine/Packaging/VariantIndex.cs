using System.Globalization;
using System.Text;

namespace QuantBuildTasks.Engine.Packaging;

/// <summary>One variant in the index: for whom it is, and how to know that it arrived whole.</summary>
/// <param name="Profile">Name of the profile.</param>
/// <param name="Resource">Logical name of the artifact's resource; byte-identical variants name the same one.</param>
/// <param name="Sha256">Hash of the artifact, lower-case hexadecimal.</param>
/// <param name="Length">Bytes of the artifact.</param>
/// <param name="Architecture">Process architecture in .NET's words.</param>
/// <param name="Requirements">
/// Processor features of which one must be there, the execution provider where it is not the CPU's (<c>cuda</c>), and <see cref="VariantIndex.VnniAlone"/>, separated by <c>|</c>; empty for none.
/// </param>
internal sealed record IndexedVariant(string Profile, string Resource, string Sha256, long Length, string Architecture, string Requirements)
{
    /// <summary>The lowest version of ONNX Runtime, where it is above that which the runtime package demands itself; else null.</summary>
    public Version? RuntimeVersion { get; init; }
}

/// <summary>Writes the small table that the runtime package reads to choose a variant: format in docs/worker-protocol.md.</summary>
internal static class VariantIndex
{
    public const string FileName = "index.tsv";

    /// <summary>Among the requirements of a variant that x64 processors without VNNI cannot open with right results (<see cref="Inference.UnsignedWeights.AreOutOfReach"/>).</summary>
    public const string VnniAlone = "vnni-alone";

    public static byte[] Write(string className, string include, IEnumerable<IndexedVariant> variants)
    {
        var text = new StringBuilder();
        Line(text, "quant-index", "1");
        Line(text, "model", className, include);
        foreach (IndexedVariant v in variants)
        {
            string length = v.Length.ToString(CultureInfo.InvariantCulture);
            string[] version = v.RuntimeVersion is { } lowest ? [lowest.ToString()] : [];
            Line(text, ["variant", v.Profile, v.Resource, v.Sha256, length, v.Architecture, v.Requirements.Length == 0 ? "-" : v.Requirements, .. version]);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Line(StringBuilder text, params string[] fields) =>
        text.AppendJoin('\t', fields.Select(f => f.Replace('\t', ' ').ReplaceLineEndings(" "))).Append('\n');
}
