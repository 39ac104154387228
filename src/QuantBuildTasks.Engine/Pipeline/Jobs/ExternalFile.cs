namespace QuantBuildTasks.Engine.Pipeline.Jobs;

/// <summary>A file that a model names, as it was when it was read.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Modified">When it was written last.</param>
internal sealed record ExternalFile(string Path, long Bytes, DateTime Modified);
