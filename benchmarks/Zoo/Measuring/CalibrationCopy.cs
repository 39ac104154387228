using System.IO.Compression;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Zoo.Entries;

namespace QuantBuildTasks.Zoo.Measuring;

/// <summary>
/// Calibration data of another length, in a file that is deleted in the end: the samples over and over, so that a pass takes long enough to be timed, or that memory can
/// be seen not to grow with their number. What is learnt from them hardly changes.
/// </summary>
internal sealed class CalibrationCopy : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("zoo-samples-").FullName;

    private CalibrationCopy(ZooEntry entry, int samples) => (Entry, Samples) = (entry, samples);

    public int Samples { get; }

    /// <summary>The entry with the other calibration data.</summary>
    public ZooEntry Entry { get; private set; }

    /// <summary>Samples that an entry calibrates with.</summary>
    public static int Count(ZooEntry entry)
    {
        using Dataset data = Dataset.Open(entry.CalibrationData, Inputs(entry), entry.BatchAxes, entry.Name);
        return data.Count;
    }

    /// <summary>Writes the samples of an entry in a circle.</summary>
    /// <param name="entry">An entry that can be read.</param>
    /// <param name="samples">How many there shall be.</param>
    public static CalibrationCopy Of(ZooEntry entry, int samples)
    {
        var copy = new CalibrationCopy(entry, samples);
        string path = Path.Combine(copy._folder, "calibration.npz");
        using (Dataset data = Dataset.Open(entry.CalibrationData, Inputs(entry), entry.BatchAxes, entry.Name))
        {
            Dataset circle = data.Select(Enumerable.Range(0, samples).Select(i => i % data.Count));
            NpzWriter.Write(path, circle.Batch(new SampleRange(0, circle.Count)), CompressionLevel.NoCompression);
        }

        copy.Entry = entry with { CalibrationData = [path] };
        return copy;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IReadOnlyList<ModelPort> Inputs(ZooEntry entry) => JobData.RequiredInputs(ModelReader.Read(File.ReadAllBytes(entry.ModelPath), entry.Name));
}
