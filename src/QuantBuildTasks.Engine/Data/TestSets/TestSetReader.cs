using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization.Reading;

namespace QuantBuildTasks.Engine.Data.TestSets;

/// <summary>Reads ONNX's test data sets as arrays: each set is one batch. The outputs that lie beside the inputs are not looked at.</summary>
/// <param name="inputs">The inputs that the model needs, in the graph's order; a set may leave out those that are pinned.</param>
/// <param name="batchAxes">Batch axis by input name, null for an input without one; inputs not named have it on axis 0.</param>
/// <param name="model">The model as the user wrote it.</param>
/// <param name="files">Takes the elements, so that memory does not grow with their number.</param>
internal sealed class TestSetReader(IReadOnlyList<ModelPort> inputs, IReadOnlyDictionary<string, int?> batchAxes, string model, OpenFiles files)
{
    /// <summary>The arrays of a set, one for each input, under the inputs' names.</summary>
    /// <exception cref="QuantException">QBT1003, QBT1011 or QBT1012.</exception>
    public IReadOnlyList<NamedArray> Read(TestSet set)
    {
        (int Number, NamedArray Array)[] found = [.. set.Inputs.Select(i => (i.Number, Load(i.Path)))];
        NamedArray[] arrays = [.. found.Select(f => f.Array)];
        if (!IsComplete(arrays))
        {
            arrays = [.. found.Select(f => ByNumber(f.Number, f.Array))];
        }

        CheckComplete(set, arrays);
        return arrays;
    }

    /// <summary>Whether the names tell each array's input: all that the model takes are there, and nothing else but what is pinned.</summary>
    private bool IsComplete(NamedArray[] arrays) =>
        arrays.All(a => inputs.Any(i => i.Name == a.Name)) && inputs.All(i => arrays.Count(a => a.Name == i.Name) is var count && (count == 1 || (count == 0 && i.Pinned is not null)));

    /// <summary>
    /// The number says which input a file is for, where names do not: exporters leave them out, or write those of another version of the
    /// model. A name that is another input's is a contradiction.
    /// </summary>
    private NamedArray ByNumber(int number, NamedArray array)
    {
        if (number >= inputs.Count)
        {
            throw Mismatch($"'{array.File}' holds {Spoken(array)}, which is no input of the model, and it has no input {number}: counted from 0 there are {Names()}.");
        }

        return array.Name == inputs[number].Name || inputs.All(i => i.Name != array.Name)
            ? array with { Name = inputs[number].Name }
            : throw Mismatch($"'{array.File}' holds {Spoken(array)}, but input {number} of the model is '{inputs[number].Name}', and other files of the set do not have the inputs' names. Name every tensor as the input that it is for, or none.");
    }

    private void CheckComplete(TestSet set, NamedArray[] arrays)
    {
        foreach (ModelPort input in inputs)
        {
            int count = arrays.Count(a => a.Name == input.Name);
            if (count != 1 && !(count == 0 && input.Pinned is not null))
            {
                throw Mismatch($"The test data set '{set.Path}' has {(count == 0 ? "no file" : $"{count} files")} for the model's input '{input.Name}'. It takes one input_<number>.pb for each of {Names()}.");
            }
        }

        // Sets follow each other: two inputs that differ here and the other way round in the next set would be paired wrongly.
        (NamedArray Array, long Samples)[] batched = [.. arrays.Where(a => SamplesOf(a) is not null && inputs.All(i => i.Name != a.Name || i.Pinned is null)).Select(a => (a, SamplesOf(a)!.Value))];
        if (batched.FirstOrDefault(b => b.Samples != batched[0].Samples) is { Array: { } other } odd)
        {
            throw Mismatch($"The inputs of the test data set '{set.Path}' have different numbers of samples: '{batched[0].Array.Name}' has {batched[0].Samples}, '{other.Name}' has {odd.Samples}. If one of them has no batch axis, say so: BatchAxes=\"{other.Name}=none\".");
        }
    }

    /// <summary>Null where there is no batch axis, or the array is of another rank than the model demands, which is refused later with its shapes.</summary>
    private long? SamplesOf(NamedArray array)
    {
        int? axis = batchAxes.TryGetValue(array.Name, out int? given) ? given : 0;
        return axis is { } a && a >= 0 && a < array.Array.Rank ? array.Array.Dims[a] : null;
    }

    private NamedArray Load(string path)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            GitLfs.RefusePointer(bytes, $"The data file '{path}'", model);
            (string name, Tensor tensor) = TensorFile.Read(bytes);
            ByteStore store = files.Spool(tensor.Bytes.Length, target => target.Write(tensor.Bytes.Span));
            return new NamedArray(name, new StoredArray(tensor.Type, tensor.Dims, store, 0), path, IsNamed: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw QuantException.Error(Codes.DataUnreadable, $"The data file '{path}' cannot be used: {e.Message.TrimEnd('.')}.", model, e);
        }
    }

    private static string Spoken(NamedArray array) => array.Name.Length == 0 ? "a tensor without a name" : $"the tensor '{array.Name}'";

    private string Names() => string.Join(", ", inputs.Select(i => $"'{i.Name}'"));

    private QuantException Mismatch(string text) => QuantException.Error(Codes.DataMismatch, text, model);
}
