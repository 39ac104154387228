namespace QuantBuildTasks.Engine.Preparation.Pinning;

/// <summary>What a user fixes for good.</summary>
/// <param name="Name">An input of the model, or a symbolic size of its inputs.</param>
/// <param name="Value">As it was written: a number, <c>true</c>, or a list such as <c>[224, 224]</c>.</param>
internal sealed record Pin(string Name, string Value)
{
    public override string ToString() => $"{Name}={Value}";
}
