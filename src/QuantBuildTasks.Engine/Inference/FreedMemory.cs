using System.Runtime.InteropServices;

namespace QuantBuildTasks.Engine.Inference;

/// <summary>
/// What is dead but not given back: garbage and the room around it on the managed heap, and what ONNX Runtime freed and the C library keeps. Together it is more than
/// a small model needs, and a step that begins takes its own memory on top of it.
/// </summary>
internal static partial class FreedMemory
{
    private static bool _canTrim = OperatingSystem.IsLinux();

    /// <summary>Gives it back to the system; some milliseconds, so once for a step.</summary>
    public static void Return()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        if (_canTrim)
        {
            try
            {
                _ = Trim(0);
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
    private static partial int Trim(nuint pad);
}
