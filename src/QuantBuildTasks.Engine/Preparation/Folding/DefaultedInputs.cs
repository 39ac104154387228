using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Folding;

/// <summary>
/// Pattern: graph inputs that have an initializer, in a file of IR version 3 or older, which had to list every initializer among the inputs
/// (ONNX IR specification). They are constants from now on, and the file is of IR version 4.
/// Declines: newer files, where such an input is a default that a caller may replace.
/// </summary>
internal sealed class DefaultedInputs : IPass
{
    private const long InitializersStandAlone = 4;

    public string Name => nameof(DefaultedInputs);

    public Fidelity Keeps => Fidelity.KernelOrder;

    public bool Apply(OnnxModel model, ICollection<Decline> declines)
    {
        Value[] defaulted = [.. model.Graph.Inputs.Where(i => i.Initializer is not null)];
        if (model.IrVersion >= InitializersStandAlone)
        {
            foreach (Value input in defaulted)
            {
                declines.Add(new Decline(Name, input.Name, "a caller may replace it"));
            }

            return false;
        }

        foreach (Value input in defaulted)
        {
            model.Graph.RemoveInput(input);
        }

        model.IrVersion = InitializersStandAlone;
        return true;
    }
}
