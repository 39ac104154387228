using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace QuantBuildTasks.Tool.Protocol;

/// <summary>The process's standard output, kept for events alone.</summary>
internal static partial class EventStream
{
    private const int StandardOutput = 1;
    private const int StandardError = 2;

    /// <summary>
    /// Opens standard output for events. On Unix, whatever else is written there from now on, by native code too, goes to standard error instead,
    /// so that half a line of it cannot stand before an event.
    /// </summary>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows())
        {
            // C runtimes keep their own tables of descriptors there, which cannot be turned from outside; lines are written in one piece.
            return Console.OpenStandardOutput();
        }

        int events = Duplicate(StandardOutput);
        return events < 0 || DuplicateTo(StandardError, StandardOutput) < 0
            ? throw new IOException($"Standard output cannot be set aside for events (error {Marshal.GetLastPInvokeError()}).")
            : new FileStream(new SafeFileHandle(events, ownsHandle: true), FileAccess.Write, bufferSize: 0);
    }

    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int DuplicateTo(int from, int to);
}
