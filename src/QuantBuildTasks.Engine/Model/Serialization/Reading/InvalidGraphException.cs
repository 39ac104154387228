namespace QuantBuildTasks.Engine.Model.Serialization.Reading;

/// <summary>The file can be read, but breaks a rule of ONNX: <see cref="ModelReader"/> turns it into QBT1006.</summary>
internal sealed class InvalidGraphException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the message says which node it is about: the innermost one, where graphs are nested.</summary>
    public bool NamesNode { get; init; }
}
