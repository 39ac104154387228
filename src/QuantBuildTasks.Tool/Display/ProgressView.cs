using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Tool.Commands;
using QuantBuildTasks.Tool.Worker;
using Spectre.Console;

namespace QuantBuildTasks.Tool.Display;

/// <summary>A bar for each stage on a terminal; nothing elsewhere.</summary>
internal static class ProgressView
{
    public static ModelOutcome Run(ToolHost host, Func<Action<QuantProgress>?, ModelOutcome> work) =>
        host.IsTerminal
            ? host.Console.Progress()
                .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
                .Start(context => work(new Stages(context).Report))
            : work(null);

    /// <summary>Stages come one after the other: a new one ends the last.</summary>
    private sealed class Stages(ProgressContext context)
    {
        private readonly Lock _lock = new();
        private ProgressTask? _task;
        private string? _stage;

        /// <summary>May be called from any thread.</summary>
        public void Report(QuantProgress progress)
        {
            using Lock.Scope scope = _lock.EnterScope();
            if (progress.Stage != _stage)
            {
                if (_task is not null)
                {
                    _task.Value = _task.MaxValue;
                    _task.StopTask();
                }

                _stage = progress.Stage;
                _task = context.AddTask(Markup.Escape(progress.Stage), maxValue: 1);
            }

            _task!.Value = Math.Clamp(progress.Fraction, 0, 1);
        }
    }
}
