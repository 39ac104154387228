using System.Text.Json;

namespace QuantBuildTasks.Zoo.Measuring;

/// <summary>Rows as JSON, in files that can be put together: a long run can be made in parts.</summary>
internal static class RowFiles
{
    /// <summary>The rows of several files in the order in which they were first seen; of two with the same <see cref="ZooRow.Key"/> the later one counts.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="JsonException">A file holds something else.</exception>
    public static IReadOnlyList<ZooRow> Read(IEnumerable<string> paths) =>
        Merge(paths.SelectMany(p => JsonSerializer.Deserialize(File.ReadAllText(p), ZooJson.Default.ListZooRow) ?? throw new JsonException($"'{p}' holds no list of rows.")));

    internal static IReadOnlyList<ZooRow> Merge(IEnumerable<ZooRow> rows) => [.. rows.GroupBy(r => r.Key).Select(g => g.Last())];

    public static void Write(string path, IReadOnlyList<ZooRow> rows) =>
        File.WriteAllText(path, JsonSerializer.Serialize([.. rows], ZooJson.Default.ListZooRow) + "\n");
}
