namespace QuantBuildTasks.Engine.Model.Serialization.ExternalData;

/// <summary>Where a file lies once all links on the way are followed: ONNX Runtime follows them before it decides whether weights lie in the model's folder.</summary>
internal static class RealPath
{
    /// <summary>As many as Linux follows.</summary>
    private const int MostLinks = 40;

    /// <summary>An absolute path without links; parts that do not exist stay as they are.</summary>
    /// <exception cref="IOException">The links lead in a circle, or one cannot be read.</exception>
    public static string Of(string path)
    {
        string full = Path.GetFullPath(path);
        for (int links = 0; links <= MostLinks; links++)
        {
            if (Followed(full) is not { } next)
            {
                return full;
            }

            full = next;
        }

        throw new IOException($"'{path}' leads through more than {MostLinks} links.");
    }

    /// <summary>The path behind its first link; null where it has none.</summary>
    private static string? Followed(string full)
    {
        string current = Path.GetPathRoot(full)!;
        string[] segments = full[current.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < segments.Length; i++)
        {
            string folder = current;
            current = Path.Combine(folder, segments[i]);
            if (new FileInfo(current).LinkTarget is { } target)
            {
                return Path.GetFullPath(Path.Combine([folder, target, .. segments[(i + 1)..]]));
            }
        }

        return null;
    }
}
