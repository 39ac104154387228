namespace QuantBuildTasks.Runtime;

/// <summary>An embedded model cannot be opened. The message says why and what to do, and starts with <see cref="Code"/>.</summary>
public sealed class QuantModelException : Exception
{
    internal QuantModelException(string code, string text, Exception? inner = null)
        : base($"{code}: {text}", inner)
    {
        Code = code;
    }

    /// <summary>
    /// What went wrong, as a stable code: <c>QBT5003</c> the native ONNX Runtime is missing or does not fit, <c>QBT5004</c> no variant for this processor or of
    /// the requested name, <c>QBT5005</c> a variant or the index of variants is missing or damaged.
    /// </summary>
    public string Code { get; }
}
