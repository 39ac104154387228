using System.ComponentModel;
using System.Diagnostics;

namespace QuantBuildTasks.Tool.Worker;

/// <summary>
/// Waits for the end of the process that asked for the work. A build that is killed cannot end its worker, which would go on for nobody; standard input
/// tells nothing, because MSBuild does not keep one open for its tools.
/// </summary>
internal sealed class ParentWatch : IDisposable
{
    private readonly Action _gone;
    private readonly Process? _parent;

    /// <param name="processId">Whom to watch; where there is none of that number, it has ended already.</param>
    /// <param name="gone">Called once, from any thread, perhaps before this returns.</param>
    public ParentWatch(int processId, Action gone)
    {
        _gone = gone;
        try
        {
            _parent = Process.GetProcessById(processId);
            _parent.Exited += (_, _) => _gone();
            _parent.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // No such process, now or a moment later.
            _gone();
        }
        catch (Win32Exception)
        {
            // A process of another user, which must not be watched. The work is the same; only its end is then noticed late, when an event cannot be written.
        }
    }

    public void Dispose() => _parent?.Dispose();
}
