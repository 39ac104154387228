namespace QuantBuildTasks.Runtime;

/// <summary>The diagnostic codes that occur in an application; docs/diagnostics.md has a section for each.</summary>
internal static class Codes
{
    public const string NoNativeRuntime = "QBT5003";
    public const string NoVariant = "QBT5004";
    public const string VariantCorrupt = "QBT5005";
}
