using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Packaging;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Reporting;

namespace QuantBuildTasks.Tool.Commands;

/// <summary>The files that a person gets: one model for each profile, and the report.</summary>
internal sealed class ResultFiles(string folder, string name)
{
    /// <summary>Finds out before the work is done whether its results can be written. Leaves nothing behind.</summary>
    /// <exception cref="QuantException">QBT4001.</exception>
    public void CheckFolder() => Guard(folder, () =>
    {
        string existing = folder;
        while (!Directory.Exists(existing))
        {
            if (File.Exists(existing))
            {
                throw new IOException($"'{existing}' is a file.");
            }

            existing = Path.GetDirectoryName(existing) ?? throw new IOException($"There is no '{existing}'.");
        }

        using var probe = new FileStream(Path.Combine(existing, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
    });

    /// <summary>Writes both reports; gives the path of the one for people.</summary>
    /// <exception cref="QuantException">QBT4001.</exception>
    public string WriteReport(ReportDocument report)
    {
        Write($"{name}.quant.json", JsonReport.Write(report));
        return Write($"{name}.quant.html", HtmlReport.Write(report));
    }

    /// <summary>Writes the models; gives their paths.</summary>
    /// <exception cref="QuantException">QBT4001.</exception>
    public IReadOnlyList<string> WriteArtifacts(IEnumerable<QuantVariant> variants) =>
        [.. variants.SelectMany(v => WriteArtifact($"{name}.{v.Profile.Name}", v.Artifact))];

    /// <summary>Removes the models of an earlier run: beside a report that rejects them they would be taken for its result.</summary>
    /// <exception cref="QuantException">QBT4001.</exception>
    public void RemoveArtifacts(IEnumerable<HardwareProfile> profiles)
    {
        foreach (HardwareProfile profile in profiles)
        {
            foreach (string extension in new[] { ".onnx", ".data" })
            {
                string path = Path.Combine(folder, $"{name}.{profile.Name}{extension}");
                Guard(path, () =>
                {
                    if (File.Exists(path))
                    {
                        File.Delete(path);
                    }
                });
            }
        }
    }

    /// <summary>One file; where it would be too large for that, the weights in a second one.</summary>
    private IEnumerable<string> WriteArtifact(string fileName, StoredModel artifact)
    {
        if (artifact.Size <= StoredModel.LargestFile)
        {
            return [Write($"{fileName}.onnx", artifact.WriteTo)];
        }

        byte[] graph = [];
        string data = Write($"{fileName}.data", stream => graph = artifact.WriteParts($"{fileName}.data", stream));
        return [Write($"{fileName}.onnx", graph), data];
    }

    private string Write(string fileName, byte[] bytes) => Write(fileName, stream => stream.Write(bytes));

    private string Write(string fileName, Action<Stream> write)
    {
        string path = Path.Combine(folder, fileName);
        Guard(path, () =>
        {
            Directory.CreateDirectory(folder);
            AtomicFile.Write(path, write);
        });
        return path;
    }

    private static void Guard(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw QuantException.Error(Codes.CannotWrite, $"'{path}' cannot be written: {e.Message} Choose another folder with --output.", inner: e);
        }
    }
}
