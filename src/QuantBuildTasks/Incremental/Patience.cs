namespace QuantBuildTasks.Incremental;

/// <summary>
/// Tries again where another process may hold a file for a moment: a virus scanner, an editor's design-time build, or a second build that is just
/// moving the file into its place.
/// </summary>
internal static class Patience
{
    private static readonly int[] WaitsInMilliseconds = [10, 20, 40, 80, 160];

    /// <summary>Does <paramref name="access"/> until it succeeds, at most six times.</summary>
    /// <exception cref="IOException">Still held, or not there: for a missing file nobody waits.</exception>
    /// <exception cref="UnauthorizedAccessException">No rights. Windows says so too while a deleted file is still open, so that is tried again.</exception>
    public static T Try<T>(Func<T> access)
    {
        foreach (int wait in WaitsInMilliseconds)
        {
            try
            {
                return access();
            }
            catch (Exception e) when (e is IOException and not (FileNotFoundException or DirectoryNotFoundException) or UnauthorizedAccessException)
            {
                Thread.Sleep(wait);
            }
        }

        return access();
    }
}
