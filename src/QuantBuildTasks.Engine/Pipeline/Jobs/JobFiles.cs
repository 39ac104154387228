using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Checking;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.ExternalData;
using QuantBuildTasks.Engine.Packaging;

namespace QuantBuildTasks.Engine.Pipeline.Jobs;

/// <summary>
/// The files that a job's models lie in, and a folder for weights that it makes and that are too large for memory. Artifacts of large models lie there, too: it
/// is disposed after they are packed.
/// </summary>
internal sealed class JobFiles : IDisposable
{
    private readonly WeightFiles _weights;
    private readonly SortedDictionary<string, ExternalFile> _external = new(StringComparer.Ordinal);
    private readonly long _largestInMemory;
    private StagingFolder? _work;

    /// <param name="workFolder">Where a folder for weights is made when one is needed; it must be on the drive of the models.</param>
    /// <param name="largestInMemory">Models of more bytes leave their weights in files.</param>
    public JobFiles(string workFolder, long largestInMemory)
    {
        _largestInMemory = largestInMemory;
        _weights = new WeightFiles(() =>
        {
            Directory.CreateDirectory(workFolder);
            return (_work ??= StagingFolder.Create(workFolder)).Path;
        });
    }

    /// <summary>The files that models named and that were read, in ordinal order.</summary>
    public IReadOnlyCollection<ExternalFile> External => _external.Values;

    /// <summary>Reads a model, and checks it before anything native sees it.</summary>
    /// <exception cref="QuantException">QBT1001–QBT1007.</exception>
    public LoadedModel Load(string path, string displayPath)
    {
        byte[] bytes = ModelReader.ReadBytes(path, displayPath);
        var external = new ExternalFiles(Path.GetDirectoryName(path)!, _weights);
        OnnxModel model = ModelReader.Read(bytes, displayPath, external);
        ModelChecker.Check(model, displayPath);
        foreach (FileInfo file in external.Paths.Select(p => new FileInfo(p)))
        {
            _external[file.FullName] = new ExternalFile(file.FullName, file.Length, file.LastWriteTimeUtc);
        }

        if (bytes.Length + external.Bytes > _largestInMemory)
        {
            model.Weights = _weights;
            return new LoadedModel(ModelWriter.Store(model), model);
        }

        return new LoadedModel(external.Paths.Count == 0 ? bytes : ModelWriter.Write(model), model);
    }

    public void Dispose()
    {
        _weights.Dispose();
        _work?.Dispose();
    }
}

/// <param name="File">The ONNX file, with its weights if they are not too large.</param>
/// <param name="Model">The same, read.</param>
internal sealed record LoadedModel(StoredModel File, OnnxModel Model);
