using System.Runtime.InteropServices;

namespace QuantBuildTasks.Engine.Inference;

/// <summary>
/// What is dead but not given back: garbage and the room around it on the managed heap, and what ONNX Runtime freed and the C library keeps. Together it is more than
/// a small model needs, and a step that begins takes its own memory on top of it.
/// </summary>
internal static partial class FreedMemory
{
    /// <summary>Many small sessions may be closed before their memory is given back: it is soon taken anew.</summary>
    private const long MostKept = 64 << 20;

    private static bool _canTrim = OperatingSystem.IsLinux();
    private static long _closed;

    /// <summary>Gives it back to the system; some milliseconds, so once for a step.</summary>
    public static void Return()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Trim();
    }

    /// <summary>Gives back what is native after so many sessions that what they kept may be large.</summary>
    /// <param name="bytes">Size of the model whose session was closed.</param>
    public static void Closed(long bytes)
    {
        if (Interlocked.Add(ref _closed, bytes) > MostKept)
        {
            Trim();
        }
    }

    private static void Trim()
    {
        Interlocked.Exchange(ref _closed, 0);
        if (_canTrim)
        {
            try
            {
                _ = TrimHeap(0);
            }
            catch (EntryPointNotFoundException)
            {
                // Not glibc.
                _canTrim = false;
            }
        }
    }

    /// <summary>glibc, malloc_trim(3): the free pages of all arenas, not only the end of the heap.</summary>
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nuint pad);
}
