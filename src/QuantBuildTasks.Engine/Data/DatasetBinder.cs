using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Data;

/// <summary>Finds for each input of a model its arrays, and checks that they fit.</summary>
/// <param name="ports">The model's inputs; those that are pinned need no array, and one that is there must hold the pinned value.</param>
/// <param name="batchAxes">Batch axis by input name, null for an input without one; inputs not named have it on axis 0.</param>
/// <param name="model">The model as the user wrote it, for messages.</param>
internal sealed class DatasetBinder(IReadOnlyList<ModelPort> ports, IReadOnlyDictionary<string, int?> batchAxes, string model)
{
    /// <summary>What the model takes.</summary>
    private readonly ModelPort[] _inputs = [.. ports.Where(p => p.Pinned is null)];

    /// <summary>What it took before the user fixed it.</summary>
    private readonly ModelPort[] _pinned = [.. ports.Where(p => p.Pinned is not null)];

    /// <summary>What arrays with the right answers are called.</summary>
    public const string LabelsName = "labels";

    /// <summary>Refuses a model that no data file suits, before any is looked at: what lies in them is a sequence or the like, and no broken array.</summary>
    /// <exception cref="QuantException">QBT1004: an input is no tensor, of strings, or of a rank that the model does not say.</exception>
    public static void RefuseWhatCannotBeFed(IReadOnlyList<ModelPort> inputs, string model)
    {
        foreach (ModelPort input in inputs)
        {
            string? why = input switch
            {
                { Type: ElementType.Undefined } => "is no tensor, and only tensors can be fed from data files",
                { Type: ElementType.String } => "takes strings, and only numbers can be fed from data files",
                { Shape: null } => "has no shape; write the rank and the sizes that are fixed into the model, or export it again with them",
                _ => null,
            };
            if (why is not null)
            {
                throw QuantException.Error(Codes.ModelUnsupported, $"The model's input '{input.Name}' {why}.", model);
            }
        }
    }

    /// <exception cref="QuantException">QBT1005, QBT1012, QBT1013 or QBT1021.</exception>
    /// <param name="arrays">What the files hold.</param>
    /// <param name="files">What holds them open; the data set closes it.</param>
    public Dataset Bind(IReadOnlyList<NamedArray> arrays, OpenFiles files)
    {
        RefuseUnknownAxes();
        ILookup<string, NamedArray> byName = arrays.ToLookup(NameOf, StringComparer.Ordinal);
        RefuseUnknown(byName);
        CheckPinned(byName);
        BoundArray[] bound = [.. _inputs.Select(i => BindInput(i, [.. byName[i.Name]], arrays))];
        int count = SampleCount(bound);
        return new Dataset(bound, BindLabels([.. byName[LabelsName]], count), [.. Enumerable.Range(0, count)], FixedBatchSize(count), files);
    }

    /// <summary>An .npy is what its file is called if the model has such an input, else the model's only input.</summary>
    private string NameOf(NamedArray array) =>
        !array.IsNamed && _inputs.Length == 1 && array.Name != LabelsName && _pinned.All(p => p.Name != array.Name) ? _inputs[0].Name : array.Name;

    private void RefuseUnknownAxes()
    {
        string[] names = [.. _inputs.Select(i => i.Name)];
        if (batchAxes.Keys.Order(StringComparer.Ordinal).FirstOrDefault(k => !names.Contains(k) && _pinned.All(p => p.Name != k)) is { } unknown)
        {
            throw QuantException.Error(
                Codes.InvalidValue,
                $"BatchAxes names '{unknown}', which is no input of the model; it has {Names(names)}.{Suggestion.For(unknown, names.Except(batchAxes.Keys))}",
                model);
        }
    }

    private void RefuseUnknown(ILookup<string, NamedArray> byName)
    {
        if (byName.FirstOrDefault(g => g.Key != LabelsName && ports.All(i => i.Name != g.Key)) is not { } unknown)
        {
            return;
        }

        string suggestion = Suggestion.For(unknown.Key, _inputs.Select(i => i.Name).Append(LabelsName).Where(n => !byName.Contains(n)));
        throw Mismatch($"The array '{unknown.Key}' in '{unknown.First().File}' is no input of the model, which has {Names(_inputs.Select(i => i.Name))}.{suggestion} Rename it, or leave it out of the file.");
    }

    /// <summary>Data that were made for the whole model may hold a pinned input once, or once for each sample.</summary>
    private void CheckPinned(ILookup<string, NamedArray> byName)
    {
        foreach (ModelPort port in _pinned)
        {
            foreach (NamedArray array in byName[port.Name])
            {
                if (!Repeats(array.Array, port.Pinned!))
                {
                    throw Mismatch($"The array '{array.Name}' in '{array.File}' holds other values, or another type, than PinnedInputs gives the input of that name ({Words(port.Pinned!.Type)}). Leave it out of the file, or correct one of the two.");
                }
            }
        }
    }

    private static bool Repeats(StoredArray array, Tensor value)
    {
        if (array.Type != value.Type || value.Length == 0 || array.Length % value.Length != 0)
        {
            return false;
        }

        int length = value.Bytes.Length;
        return array.ByteLength % length == 0 && Enumerable.Range(0, checked((int)(array.ByteLength / length))).All(i => array.Read((long)i * length, length).Span.SequenceEqual(value.Bytes.Span));
    }

    private BoundArray BindInput(ModelPort input, List<NamedArray> found, IReadOnlyList<NamedArray> all)
    {
        if (found.Count == 0)
        {
            string there = all.Count == 0 ? "there are none at all" : $"there are {Names(all.Select(a => a.Name).Distinct())}";
            throw Mismatch($"The model's input '{input.Name}' has no array in the data ({there}). Save one array for each input, under the input's name.");
        }

        Shape shape = input.Shape!;
        int? axis = shape.Rank == 0 ? null : batchAxes.TryGetValue(input.Name, out int? given) ? given : 0;
        if (axis >= shape.Rank || axis < 0)
        {
            throw Mismatch($"The model's input '{input.Name}' is {shape}: it has no axis {axis} for the batch. Correct BatchAxes.");
        }

        foreach (NamedArray array in found)
        {
            CheckFit(input, shape, axis, array);
        }

        CheckTogether(found, axis);
        return new BoundArray(input.Name, [.. found.Select(a => a.Array)], axis);
    }

    private void CheckFit(ModelPort input, Shape shape, int? axis, NamedArray array)
    {
        StoredArray tensor = array.Array;
        if (tensor.Type != input.Type)
        {
            throw Mismatch($"The array '{array.Name}' in '{array.File}' is {Words(tensor.Type)}, but the model's input '{input.Name}' takes {Words(input.Type)}. Save it as the app feeds the model, for example x.astype('{Words(input.Type)}'), scaled where the app scales.");
        }

        bool fits = tensor.Rank == shape.Rank
            && Enumerable.Range(0, shape.Rank).All(i => i == axis || shape[i].Value is not { } size || size == tensor.Dims[i]);
        if (!fits)
        {
            string batch = axis is { } a ? $" with any number of samples on axis {a} (else set BatchAxes)" : "";
            throw Mismatch($"The array '{array.Name}' in '{array.File}' is [{string.Join(", ", tensor.Dims)}], but the model's input '{input.Name}' takes {shape}{batch}. Save it in that shape.");
        }

        if (axis is null && tensor.ByteLength > int.MaxValue)
        {
            throw Mismatch($"The array '{array.Name}' in '{array.File}' has {tensor.ByteLength} bytes, and one without a batch axis may have at most {int.MaxValue}.");
        }

        long perSample = axis is null || tensor.Dims[axis.Value] == 0 ? 0 : tensor.Length / tensor.Dims[axis.Value];
        if (FiniteCheck.FirstNonFinite(tensor) is { } at)
        {
            string where = axis == 0 ? $"sample {at / perSample}" : $"element {at}";
            throw QuantException.Error(Codes.NotFinite, $"The array '{array.Name}' in '{array.File}' holds NaN or infinity in {where}. Correct the data: one such number makes every range meaningless.", model);
        }
    }

    /// <summary>Several files for one input: the sizes must agree but for the batch axis; an array without one must be the same everywhere.</summary>
    private void CheckTogether(List<NamedArray> found, int? axis)
    {
        foreach (NamedArray other in found.Skip(1))
        {
            StoredArray a = found[0].Array;
            StoredArray b = other.Array;
            bool agree = Enumerable.Range(0, a.Rank).All(i => i == axis || a.Dims[i] == b.Dims[i])
                && (axis is not null || a.Blocks().Zip(b.Blocks()).All(p => p.First.Bytes.Span.SequenceEqual(p.Second.Bytes.Span)));
            if (!agree)
            {
                throw Mismatch($"The array '{other.Name}' in '{other.File}' does not go together with the one in '{found[0].File}': {b} and {a}{(axis is null ? ", which have no batch axis and must be equal" : "")}.");
            }
        }
    }

    private int SampleCount(BoundArray[] bound)
    {
        BoundArray[] batched = [.. bound.Where(b => b.BatchAxis is not null)];
        if (batched.Length == 0)
        {
            return 1;
        }

        if (batched.FirstOrDefault(b => b.Count != batched[0].Count) is { } other)
        {
            throw Mismatch($"The arrays have different numbers of samples: '{batched[0].Name}' has {batched[0].Count}, '{other.Name}' has {other.Count}.");
        }

        return batched[0].Count switch
        {
            0 => throw Mismatch($"The array '{batched[0].Name}' has no samples."),
            > int.MaxValue => throw Mismatch($"The array '{batched[0].Name}' has {batched[0].Count} samples; at most {int.MaxValue} can be used."),
            var count => (int)count,
        };
    }

    private int? FixedBatchSize(int count)
    {
        (string Name, long Size)[] sizes = [.. _inputs
            .Where(i => i.Shape is { Rank: > 0 })
            .Select(i => (i.Name, Axis: batchAxes.TryGetValue(i.Name, out int? axis) ? axis : 0, Shape: i.Shape!))
            .Where(i => i.Axis is { } axis && i.Shape[axis].Value is not null)
            .Select(i => (i.Name, i.Shape[i.Axis!.Value].Value!.Value))];
        if (sizes.Length == 0)
        {
            return null;
        }

        foreach ((string name, long size) in sizes)
        {
            if (size != sizes[0].Size)
            {
                throw Mismatch($"The model's inputs demand different numbers of samples at once: '{sizes[0].Name}' {sizes[0].Size}, '{name}' {size}. Say which of them has no batch axis, for example BatchAxes=\"{name}=none\".");
            }
        }

        return sizes[0].Size > 0 && sizes[0].Size <= count
            ? (int)sizes[0].Size
            : throw Mismatch($"The model takes {sizes[0].Size} samples at once (input '{sizes[0].Name}'), but the data have {count}.");
    }

    private BoundArray? BindLabels(List<NamedArray> found, int count)
    {
        if (found.Count == 0 || _inputs.Any(i => i.Name == LabelsName))
        {
            return null;
        }

        foreach (NamedArray array in found)
        {
            StoredArray first = found[0].Array;
            if (array.Array.Rank == 0 || array.Array.Type != first.Type || !array.Array.Dims.Skip(1).SequenceEqual(first.Dims.Skip(1)))
            {
                throw QuantException.Error(Codes.LabelsMismatch, $"The array '{LabelsName}' in '{array.File}' is {array.Array}; labels need a row for each sample, and the same type and sizes in every file.", model);
            }
        }

        var labels = new BoundArray(LabelsName, [.. found.Select(a => a.Array)], batchAxis: 0);
        return labels.Count == count
            ? labels
            : throw QuantException.Error(Codes.LabelsMismatch, $"There are {labels.Count} labels for {count} samples in '{found[0].File}'. Save one label for each sample.", model);
    }

    private QuantException Mismatch(string text) => QuantException.Error(Codes.DataMismatch, text, model);

    /// <summary>The element type as NumPy calls it.</summary>
    private static string Words(ElementType type) => type.ToString().ToLowerInvariant();

    private static string Names(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));
}
