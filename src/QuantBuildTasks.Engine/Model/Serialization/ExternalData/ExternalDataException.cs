namespace QuantBuildTasks.Engine.Model.Serialization.ExternalData;

/// <summary>Data beside the model cannot be read: <see cref="ModelReader"/> turns it into QBT1007.</summary>
internal sealed class ExternalDataException(string message, Exception? inner = null) : Exception(message, inner);
