using Microsoft.ML.OnnxRuntime;

namespace QuantBuildTasks.Runtime;

/// <summary>The version of the native ONNX Runtime of this process.</summary>
internal static class NativeVersion
{
    /// <summary>For example <c>1.31.1</c>.</summary>
    /// <exception cref="QuantModelException">QBT5003: there is none, or one that is older than the managed part.</exception>
    public static string Read()
    {
        try
        {
            return OrtEnv.Instance().GetVersionString();
        }
        catch (Exception e) when (NativeFailure.From(e) is { } failure)
        {
            throw failure;
        }
    }

    /// <summary>Whether a version as <see cref="Read"/> gives it is below <paramref name="lowest"/>; one that is no version (a build of somebody's own) is not.</summary>
    public static bool IsOlder(string version, Version lowest) => Version.TryParse(version.Split('-', '+')[0], out Version? parsed) && parsed < lowest;
}
