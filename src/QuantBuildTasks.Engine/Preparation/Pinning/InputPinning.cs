using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Preparation.Folding;

namespace QuantBuildTasks.Engine.Preparation.Pinning;

/// <summary>
/// Fixes inputs and symbolic sizes of a model for good. A pinned input is no input any more but a constant; a pinned size is a number wherever its
/// name stood. Nothing is computed here: folding what follows is left to the passes of <see cref="Preparer"/>.
/// </summary>
internal static class InputPinning
{
    /// <summary>Changes the model.</summary>
    /// <param name="model">As it was read.</param>
    /// <param name="pins">What to fix, each name once.</param>
    /// <param name="file">What messages call the model.</param>
    /// <returns>What data for the model may hold, in the order of the graph's inputs: those that the app still gives, and the pinned ones with their value.</returns>
    /// <exception cref="QuantException">QBT1031: a name that is neither. QBT1032: a value that does not fit.</exception>
    public static IReadOnlyList<ModelPort> Apply(OnnxModel model, IReadOnlyList<Pin> pins, string file)
    {
        if (pins.Count > 0)
        {
            // Before IR version 4 every initializer was an input too, and none could be a constant.
            new DefaultedInputs().Apply(model, []);
        }

        Value[] inputs = [.. model.Graph.Inputs];
        Value[] required = [.. inputs.Where(i => !i.IsStored)];
        ILookup<bool, Pin> byKind = pins.ToLookup(p => inputs.Any(i => i.Name == p.Name));
        var sizes = new PinnedSizes(file);
        foreach (Pin pin in byKind[false])
        {
            if (PinnedAxis.Find(pin, inputs) is { } axis)
            {
                axis.Fix(PinnedValue.Size(pin, file), sizes, file);
                continue;
            }

            RefuseUnknown(pin, inputs, file);
            sizes.Fix(pin.Name, PinnedValue.Size(pin, file), pin);
        }

        foreach (Pin pin in byKind[true])
        {
            PinInput(model.Graph, inputs.First(i => i.Name == pin.Name), pin, sizes, file);
        }

        if (pins.Count > 0 && !model.Graph.Inputs.Any(i => !i.IsStored))
        {
            throw QuantException.Error(Codes.BadPin, "PinnedInputs fixes every input of the model, and nothing is left for an app to give. Leave one out.", file);
        }

        if (pins.Count > 0)
        {
            sizes.Apply(model.Graph);
        }

        return [.. required.Select(i => new ModelPort(i.Name, i.Type, i.Shape) { Pinned = i.Constant })];
    }

    private static void PinInput(Graph graph, Value input, Pin pin, PinnedSizes sizes, string file)
    {
        Tensor value = PinnedValue.Of(input, pin, sizes, file);
        foreach ((Dimension dimension, long size) in (input.Shape ?? new Shape()).Zip(value.Dims))
        {
            if (dimension.Symbol is { } symbol)
            {
                sizes.Fix(symbol, size, pin);
            }
        }

        graph.RemoveInput(input);
        graph.SetInitializer(input, value);
    }

    private static void RefuseUnknown(Pin pin, Value[] inputs, string file)
    {
        string[] symbols = [.. inputs.SelectMany(i => i.Shape ?? new Shape()).Select(d => d.Symbol).OfType<string>().Distinct()];
        if (symbols.Contains(pin.Name))
        {
            return;
        }

        string[] names = [.. inputs.Select(i => i.Name)];
        string sizes = symbols.Length == 0 ? "no symbolic sizes" : $"the symbolic {(symbols.Length == 1 ? "size" : "sizes")} {List(symbols)}";
        throw QuantException.Error(
            Codes.UnknownPin,
            $"PinnedInputs names '{pin.Name}', which is neither an input nor a symbolic size of the model. It has {(names.Length == 1 ? "the input" : "the inputs")} {List(names)} and {sizes}; a size without a name is written as input and axis, {names.FirstOrDefault("input")}[0]=1.{Suggestion.For(pin.Name, names.Concat(symbols))}",
            file);
    }

    private static string List(string[] names) => string.Join(", ", names.Select(n => $"'{n}'"));
}
