using System.Globalization;
using System.Text.RegularExpressions;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Data.TestSets;

/// <summary>One of ONNX's test data sets: the files of its inputs, in the order of their numbers.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="Inputs">Number and path of each <c>input_&lt;number&gt;.pb</c>.</param>
internal sealed record TestSet(string Path, IReadOnlyList<(int Number, string Path)> Inputs);

/// <summary>
/// Finds ONNX's test data: <c>test_data_set_0</c>, <c>test_data_set_1</c> … (in some older collections <c>test_data_0</c>), each with
/// <c>input_0.pb</c>, <c>input_1.pb</c> … for the inputs of the graph. Source: ONNX, docs/OnnxBackendTest.md.
/// </summary>
internal static partial class TestSetFolder
{
    /// <summary>
    /// The sets in a folder in the order of their numbers, the folder itself where it is one, or none at all. Numbers count as such: 10 comes after 2.
    /// </summary>
    /// <param name="folder">Where it is.</param>
    /// <param name="model">The model as the user wrote it.</param>
    /// <exception cref="QuantException">QBT1011: the folder cannot be read.</exception>
    public static IReadOnlyList<TestSet> Find(string folder, string model)
    {
        try
        {
            TestSet itself = Open(folder);
            return itself.Inputs.Count > 0
                ? [itself]
                : [.. Numbered(Directory.EnumerateDirectories(folder), SetName()).Select(s => Open(s.Path))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw QuantException.Error(Codes.DataUnreadable, $"The folder '{folder}' cannot be read: {e.Message}", model, e);
        }
    }

    private static TestSet Open(string folder) => new(folder, Numbered(Directory.EnumerateFiles(folder), InputName()));

    private static IReadOnlyList<(int Number, string Path)> Numbered(IEnumerable<string> paths, Regex name) =>
    [
        .. paths.Select(p => (Match: name.Match(Path.GetFileName(p)), Path: p))
            .Where(p => p.Match.Success)
            .Select(p => (Number: int.Parse(p.Match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture), p.Path))
            .OrderBy(p => p.Number)
            .ThenBy(p => p.Path, StringComparer.Ordinal),
    ];

    [GeneratedRegex("^test_data_(set_)?(?<number>[0-9]{1,9})$", RegexOptions.CultureInvariant)]
    private static partial Regex SetName();

    [GeneratedRegex(@"^input_(?<number>[0-9]{1,9})\.pb$", RegexOptions.CultureInvariant)]
    private static partial Regex InputName();
}
