using System.Text.Json;
using QuantBuildTasks.Zoo.Entries;

namespace QuantBuildTasks.Zoo.Measuring;

/// <summary>Which rows to make, and where results go.</summary>
internal sealed record ZooPlan
{
    public required IReadOnlyList<string> Profiles { get; init; }

    public required IReadOnlyList<string> Precisions { get; init; }

    public required IReadOnlyList<string> Recipes { get; init; }

    public required string OutputFolder { get; init; }

    public required string? JsonFile { get; init; }

    /// <summary>Samples to score under emulators; 0: none.</summary>
    public int EmulationSamples { get; init; }

    /// <summary>Scoring programs for other architectures, or null.</summary>
    public string? EmulationDirectory { get; init; }

    /// <summary>Makes all rows; one that fails says why and does not stop the others.</summary>
    public IReadOnlyList<ZooRow> Run(IReadOnlyList<ZooEntry> entries, TextWriter log)
    {
        var rows = new List<ZooRow>();
        foreach (ZooEntry entry in entries)
        {
            foreach (string profile in Profiles)
            {
                foreach (string precision in Precisions)
                {
                    foreach (string recipe in Recipes)
                    {
                        log.WriteLine($"{entry.Name}, {profile}, {precision}, {recipe}");
                        ZooRow row = Measure(entry, profile, precision, recipe);
                        rows.Add(row);
                        Save(rows);
                        if (row.Error is not null)
                        {
                            log.WriteLine($"  {row.Error}");
                        }
                    }
                }
            }
        }

        return rows;
    }

    private ZooRow Measure(ZooEntry entry, string profile, string precision, string recipe)
    {
        if (entry.Error is not null)
        {
            return new ZooRow { Entry = entry.Name, Profile = profile, Precision = precision, Recipe = recipe, Error = entry.Error };
        }

        string artifact = $"{entry.Name}/{profile}.{precision}.{recipe}.onnx";
        Directory.CreateDirectory(Path.Combine(OutputFolder, entry.Name));
        var task = new ChildTask
        {
            Entry = entry with { Peers = [] },
            Profile = profile,
            Precision = precision,
            Recipe = recipe,
            ArtifactPath = Path.Combine(OutputFolder, artifact),
            EmulationSamples = EmulationSamples,
            EmulationDirectory = EmulationDirectory,
        };
        ChildAnswer before = ChildProcess.Start(task with { FloatPass = true });
        ChildAnswer made = ChildProcess.Start(task);
        ChildAnswer after = ChildProcess.Start(task with { FloatPass = true });
        ZooRow row = made.Row ?? new ZooRow { Entry = entry.Name, Profile = profile, Precision = precision, Recipe = recipe, Error = made.Error };
        return row with
        {
            FloatPassSeconds = before.FloatPassSeconds is { } first && after.FloatPassSeconds is { } second ? Math.Round((first + second) / 2, 4) : null,
            Artifact = row.Error is null ? artifact : null,
        };
    }

    /// <summary>After every row, so that a run that is stopped leaves what it has.</summary>
    private void Save(List<ZooRow> rows)
    {
        if (JsonFile is not null)
        {
            File.WriteAllText(JsonFile, JsonSerializer.Serialize(rows, ZooJson.Default.ListZooRow) + "\n");
        }
    }
}
