namespace QuantBuildTasks.Zoo.Judging;

/// <summary>What is to be said of one case.</summary>
/// <param name="Entry">The model.</param>
/// <param name="Case">What is judged: a reference, a row, a pair of profiles.</param>
/// <param name="Holds">Whether the number is met; null where the rows do not tell.</param>
/// <param name="Detail">The numbers, or what is missing.</param>
internal sealed record Judgement(string Entry, string Case, bool? Holds, string Detail);

/// <summary>The rows that came out for one entry on the profile that references were measured on.</summary>
/// <param name="Entry">The model and its references.</param>
/// <param name="Rows">Ours: what failed is left out.</param>
internal sealed record Field(Entries.ZooEntry Entry, IReadOnlyList<Measuring.ZooRow> Rows)
{
    /// <summary>References were measured on processors with VNNI.</summary>
    public const string Profile = "x64-vnni";

    /// <summary>The precision that leaves a model as it is.</summary>
    public const string AsItIs = "none";

    public IReadOnlyList<Standing> References { get; } =
        [.. Entry.References.Where(r => r.IsReference).Select(r => Standing.Of(r, Entry)).OfType<Standing>()];

    /// <summary>Rows with the calibration data as they are; repeated ones only tell what quantizing costs.</summary>
    public static Field Of(Entries.ZooEntry entry, IEnumerable<Measuring.ZooRow> rows) =>
        new(entry, [.. rows.Where(r => r.Entry == entry.Name && r.Profile == Profile && r.RepeatedSamples is null && r.Error is null)]);
}
