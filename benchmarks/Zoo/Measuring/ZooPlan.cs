using QuantBuildTasks.Zoo.Entries;

namespace QuantBuildTasks.Zoo.Measuring;

/// <summary>Which rows to make, and where results go.</summary>
internal sealed record ZooPlan
{
    public required IReadOnlyList<string> Profiles { get; init; }

    public required IReadOnlyList<string> Precisions { get; init; }

    public required IReadOnlyList<string> Recipes { get; init; }

    private const double MiB = 1024 * 1024;

    public required string OutputFolder { get; init; }

    public required string? JsonFile { get; init; }

    /// <summary>Samples to score under emulators; 0: none.</summary>
    public int EmulationSamples { get; init; }

    /// <summary>Scoring programs for other architectures, or null.</summary>
    public string? EmulationDirectory { get; init; }

    /// <summary>Samples to calibrate with, the entry's own in a circle; null: as many as there are.</summary>
    public int? Samples { get; init; }

    /// <summary>Each sample so many times; 0: as often as it takes for a float32 pass of <see cref="LeastPassSeconds"/>.</summary>
    public int Repetitions { get; init; } = 1;

    /// <summary>Shorter passes say more of starting up than of quantizing.</summary>
    public const double LeastPassSeconds = 5;

    /// <summary>Makes up for a first pass that was slowed by starting up, or by whatever else ran.</summary>
    private const double Margin = 2.2;

    /// <summary>Makes all rows; one that fails says why and does not stop the others.</summary>
    public IReadOnlyList<ZooRow> Run(IReadOnlyList<ZooEntry> entries, TextWriter log)
    {
        var rows = new List<ZooRow>();
        foreach (ZooEntry given in entries)
        {
            using CalibrationCopy? copy = Copy(given);
            ZooEntry entry = copy?.Entry ?? given;
            int? samples = copy?.Samples;
            double? activations = entry.Error is null ? ChildProcess.Start(Task(entry, ChildWork.Activations)).ActivationBytes / MiB : null;
            foreach (string profile in Profiles)
            {
                foreach (string precision in Precisions)
                {
                    foreach (string recipe in Recipes)
                    {
                        log.WriteLine($"{entry.Name}, {profile}, {precision}, {recipe}");
                        ZooRow row = Measure(entry, profile, precision, recipe) with
                        {
                            RepeatedSamples = samples,
                            ActivationsMb = activations is { } mb ? Math.Round(mb, 1) : null,
                        };
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
        ChildTask task = Task(entry, ChildWork.Row) with
        {
            Profile = profile,
            Precision = precision,
            Recipe = recipe,
            ArtifactPath = Path.Combine(OutputFolder, artifact),
            EmulationSamples = EmulationSamples,
            EmulationDirectory = EmulationDirectory,
        };
        ChildAnswer before = ChildProcess.Start(task with { Work = ChildWork.FloatPass });
        ChildAnswer made = ChildProcess.Start(task);
        ChildAnswer after = ChildProcess.Start(task with { Work = ChildWork.FloatPass });
        ZooRow row = made.Row ?? new ZooRow { Entry = entry.Name, Profile = profile, Precision = precision, Recipe = recipe, Error = made.Error };
        return row with
        {
            FloatPassSeconds = before.FloatPass is { } first && after.FloatPass is { } second ? Math.Round((first.Seconds + second.Seconds) / 2, 4) : null,
            FloatPeakMb = before.FloatPass is { } one && after.FloatPass is { } other ? Math.Round(Math.Min(one.PeakMegabytes, other.PeakMegabytes), 0) : null,
            Artifact = row.Error is null ? artifact : null,
        };
    }

    private static ChildTask Task(ZooEntry entry, ChildWork work) =>
        new() { Work = work, Entry = entry with { References = [] }, Profile = "", Precision = "", Recipe = "", ArtifactPath = "" };

    /// <summary>The calibration data of another length that were asked for, or null.</summary>
    private CalibrationCopy? Copy(ZooEntry entry)
    {
        if (entry.Error is not null || (Samples is null && Repetitions == 1))
        {
            return null;
        }

        int samples = Samples ?? CalibrationCopy.Count(entry);
        int times = Repetitions > 0 ? Repetitions
            : ChildProcess.Start(Task(entry, ChildWork.FloatPass)).FloatPass is { } pass ? Math.Max(1, (int)Math.Ceiling(LeastPassSeconds * Margin * pass.Samples / (pass.Seconds * samples)))
            : 1;
        return CalibrationCopy.Of(entry, samples * times);
    }

    /// <summary>After every row, so that a run that is stopped leaves what it has.</summary>
    private void Save(List<ZooRow> rows)
    {
        if (JsonFile is not null)
        {
            RowFiles.Write(JsonFile, rows);
        }
    }
}
