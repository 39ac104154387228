using QuantBuildTasks.Engine.Data.Images;
using QuantBuildTasks.Engine.Data.TestSets;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data;

/// <summary>
/// Samples that fit a model: for each of its inputs an array, and perhaps labels. Immutable, and safe for several threads at once.
/// Callers see batches only: the arrays stay in their files, so that memory does not grow with the number of samples. Sets made from one
/// another share the files; disposing one of them closes them for all.
/// </summary>
internal sealed class Dataset : IDisposable
{
    private readonly IReadOnlyList<BoundArray> _inputs;
    private readonly BoundArray? _labels;
    private readonly int[] _samples;
    private readonly OpenFiles? _files;

    internal Dataset(IReadOnlyList<BoundArray> inputs, BoundArray? labels, int[] samples, int? fixedBatchSize, OpenFiles? files = null)
    {
        _files = files;
        _inputs = inputs;
        _labels = labels;
        FixedBatchSize = fixedBatchSize;

        // A model of a fixed batch size cannot take the rest that fills no batch.
        _samples = samples[..(samples.Length - (samples.Length % (fixedBatchSize ?? 1)))];
    }

    /// <summary>Number of samples; those that cannot fill a batch of <see cref="FixedBatchSize"/> are left out.</summary>
    public int Count => _samples.Length;

    /// <summary>The batch size that the model's inputs demand, or null where any will do.</summary>
    public int? FixedBatchSize { get; }

    /// <summary>Whether there are labels of any kind.</summary>
    public bool HasLabels => _labels is not null;

    /// <summary>Type and sizes of the labels, or null.</summary>
    public string? LabelsDescription => _labels?.Describe(Count);

    /// <summary>Reads files and checks them against a model's inputs.</summary>
    /// <param name="paths">.npz and .npy files, folders of images, and folders of ONNX test data. Arrays of the same name in several files follow each other along the batch axis.</param>
    /// <param name="inputs">The inputs that the model needs (those with defaults left out), and those that are pinned, which data may hold.</param>
    /// <param name="batchAxes">Batch axis by input name, null for an input without one; inputs not named have it on axis 0.</param>
    /// <param name="model">The model as the user wrote it, for messages.</param>
    /// <param name="preprocess">What becomes of images; null: nothing, which suits models that take bytes.</param>
    /// <exception cref="Diagnostics.QuantException">QBT1003, QBT1004, QBT1005, QBT1010–QBT1013, QBT1015, QBT1016, QBT1021.</exception>
    public static Dataset Open(
        IReadOnlyList<string> paths,
        IReadOnlyList<ModelPort> inputs,
        IReadOnlyDictionary<string, int?> batchAxes,
        string model,
        Preprocessing? preprocess = null) =>
        Open(paths, inputs, batchAxes, model, new OpenFiles(), preprocess);

    /// <summary>The same with a place for temporary files: <paramref name="files"/> is closed with the data set, or where none comes to be.</summary>
    internal static Dataset Open(
        IReadOnlyList<string> paths,
        IReadOnlyList<ModelPort> inputs,
        IReadOnlyDictionary<string, int?> batchAxes,
        string model,
        OpenFiles files,
        Preprocessing? preprocess = null)
    {
        try
        {
            DatasetBinder.RefuseWhatCannotBeFed(inputs, model);
            return new DatasetBinder(inputs, batchAxes, model).Bind([.. paths.SelectMany(Read)], files);
        }
        catch
        {
            files.Dispose();
            throw;
        }

        IReadOnlyList<NamedArray> Read(string path) => Directory.Exists(path) ? ReadFolder(path) : DataFile.Read(path, model, files);

        IReadOnlyList<NamedArray> ReadFolder(string path) =>
            TestSetFolder.Find(path, model) is { Count: > 0 } sets
                ? [.. sets.SelectMany(new TestSetReader(inputs, batchAxes, model, files).Read)]
                : ImageFolder.Read(path, ImageTarget.Of(preprocess, [.. inputs.Where(i => i.Pinned is null)], batchAxes, model), model, files);
    }

    public void Dispose() => _files?.Dispose();

    /// <summary>All samples in batches of <paramref name="preferredSize"/> (the last may be smaller), or of <see cref="FixedBatchSize"/>.</summary>
    public IReadOnlyList<SampleRange> Batches(int preferredSize)
    {
        int size = FixedBatchSize ?? preferredSize;
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(preferredSize));
        return [.. Enumerable.Range(0, (Count + size - 1) / size).Select(i => new SampleRange(i * size, Math.Min(size, Count - (i * size))))];
    }

    /// <summary>The inputs of some neighbouring samples by name, as the model takes them.</summary>
    public IReadOnlyDictionary<string, Tensor> Batch(SampleRange range)
    {
        if (range.Count != (FixedBatchSize ?? range.Count))
        {
            throw new ArgumentException($"The model takes batches of {FixedBatchSize}, not of {range.Count}.", nameof(range));
        }

        return _inputs.ToDictionary(i => i.Name, i => i.Take(_samples.AsSpan(range.Start, range.Count)), StringComparer.Ordinal);
    }

    /// <summary>The classes of some neighbouring samples; null where there are no labels, or they are not one integer for each sample.</summary>
    public long[]? ClassLabels(SampleRange range)
    {
        Tensor? labels = Labels(range);
        return labels?.Length == range.Count ? Integers.Read(labels) : null;
    }

    /// <summary>The labels of some neighbouring samples as they are stored; null where there are none.</summary>
    public Tensor? Labels(SampleRange range) => _labels?.Take(_samples.AsSpan(range.Start, range.Count));

    /// <summary>The first samples, at most <paramref name="count"/>, but one batch where the model demands a greater one.</summary>
    public Dataset First(int count) => With(_samples[..Math.Min(Math.Max(count, FixedBatchSize ?? 1), Count)]);

    /// <summary>So many samples from the first to the last, but one batch where the model demands a greater one: data may be sorted, or have classes that take turns (<see cref="Strata"/>).</summary>
    public Dataset Spread(int count) => With([.. Strata.Of(Count, Math.Max(count, FixedBatchSize ?? 1)).Select(i => _samples[i])]);

    /// <summary>So many samples from the first to the last, picked as by <see cref="Spread"/>, and all others, both in their order; where the model demands a batch size, so many whole batches.</summary>
    public (Dataset Picked, Dataset Others) Part(int count)
    {
        int batch = FixedBatchSize ?? 1;
        HashSet<int> places = [.. Strata.Of(Count / batch, count)];
        return (With([.. _samples.Where((_, i) => places.Contains(i / batch))]), With([.. _samples.Where((_, i) => !places.Contains(i / batch))]));
    }

    /// <summary>The same samples in an order of which each beginning is spread over all (<see cref="Strata.Mixed"/>); batches that the model demands stay together.</summary>
    public Dataset Mixed()
    {
        int batch = FixedBatchSize ?? 1;
        return With([.. Strata.Mixed(Count / batch).SelectMany(b => _samples.Skip(b * batch).Take(batch))]);
    }

    /// <summary>The samples at these places, in this order.</summary>
    public Dataset Select(IEnumerable<int> places) => With([.. places.Select(p => _samples[p])]);

    private Dataset With(int[] samples) => new(_inputs, _labels, samples, FixedBatchSize, _files);
}
