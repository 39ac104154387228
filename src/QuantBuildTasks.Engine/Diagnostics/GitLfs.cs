namespace QuantBuildTasks.Engine.Diagnostics;

/// <summary>Git LFS leaves a small text file (specification version 1) where the real one was not fetched.</summary>
internal static class GitLfs
{
    private static ReadOnlySpan<byte> PointerStart => "version https://git-lfs"u8;

    /// <summary>Refuses a pointer.</summary>
    /// <param name="start">The first bytes of the file; 32 are enough.</param>
    /// <param name="what">What messages call the file, at the start of a sentence.</param>
    /// <param name="file">The model that the finding belongs to.</param>
    /// <exception cref="QuantException">QBT1003: it is one.</exception>
    public static void RefusePointer(ReadOnlySpan<byte> start, string what, string? file)
    {
        if (start.StartsWith(PointerStart))
        {
            throw QuantException.Error(Codes.GitLfsPointer, $"{what} is a Git LFS pointer, not the content itself. Run 'git lfs pull' and build again.", file);
        }
    }
}
