namespace Microsoft.Build.Framework;

/// <summary>
/// Tells a multithreaded MSBuild that a task may run inside its process. MSBuild looks for this name and namespace, not for its own type, so the
/// task can carry it and still load in versions that do not know it.
/// </summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class MSBuildMultiThreadableTaskAttribute : Attribute;
