using System.Diagnostics;
using System.Globalization;
using System.Runtime.Serialization;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Incremental;
using QuantBuildTasks.Models;
using QuantBuildTasks.Worker;

namespace QuantBuildTasks;

/// <summary>
/// Starts the worker on the models of a project, unless a stamp says that nothing has changed. The worker is a process of its own: native code that
/// crashes, or that a build node would keep open, stays out of MSBuild.
/// </summary>
[MSBuildMultiThreadableTask]
public sealed class QuantizeModels : ToolTask
{
    private static readonly TimeSpan CancellationArrives = TimeSpan.FromSeconds(2);

    private IReadOnlyList<ModelItem> _models = [];
    private byte[] _request = [];
    private string _inputs = "";
    private string _lastWords = "";
    private string? _lastModel;
    private OutputLock? _lock;
    private bool _gaveUp;

    /// <summary>Lets the build node do other work while the worker runs.</summary>
    public QuantizeModels() => YieldDuringToolExecution = true;

    /// <summary>The <c>QuantModel</c> items.</summary>
    [Required]
    public ITaskItem[] Models { get; set; } = [];

    /// <summary>Defaults for all models: name of a <c>Quant*</c> property without prefix, and its value as metadatum <c>Value</c>.</summary>
    public ITaskItem[] Defaults { get; set; } = [];

    /// <summary>The <c>QuantProfile</c> items: hardware profiles of the user.</summary>
    public ITaskItem[] Profiles { get; set; } = [];

    /// <summary>Whether a package of the project brings an ONNX Runtime for CUDA.</summary>
    public bool GpuPackage { get; set; }

    /// <summary>Absolute path of the project's folder.</summary>
    [Required]
    public string ProjectDirectory { get; set; } = "";

    /// <summary>The project's root namespace.</summary>
    public string RootNamespace { get; set; } = "";

    /// <summary>Absolute path of the folder for everything that the worker makes.</summary>
    [Required]
    public string OutputDirectory { get; set; } = "";

    /// <summary>The runtime identifier that is built for, or empty.</summary>
    public string RuntimeIdentifier { get; set; } = "";

    /// <summary>Absolute path of <c>quant.dll</c>.</summary>
    [Required]
    public string Worker { get; set; } = "";

    /// <summary>Paths where <c>dotnet</c> may be; the first that exists is taken, else the one on the search path.</summary>
    public string[] DotNetHosts { get; set; } = [];

    /// <summary>Whether the worker was started.</summary>
    [Output]
    public bool WorkerRan { get; private set; }

    /// <inheritdoc />
    protected override string ToolName => Path.DirectorySeparatorChar == '\\' ? "dotnet.exe" : "dotnet";

    /// <inheritdoc />
    protected override Encoding StandardOutputEncoding => Encoding.UTF8;

    /// <inheritdoc />
    protected override Encoding StandardErrorEncoding => Encoding.UTF8;

    private string RequestFile => Path.Combine(OutputDirectory, "request.json");

    private string StampFile => Path.Combine(OutputDirectory, "quant.stamp");

    private string ManifestFile => Path.Combine(OutputDirectory, QuantManifest.FileName);

    private bool Cancelled => ToolCanceled.WaitOne(0);

    /// <summary>The process that reads the worker's events. If it is killed, nobody else ends the worker.</summary>
    private static string CurrentProcessId
    {
        get
        {
            using var process = Process.GetCurrentProcess();
            return process.Id.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <inheritdoc />
    public override bool Execute()
    {
        try
        {
            bool done = base.Execute() && !_gaveUp && (!WorkerRan || Accept());
            if (!done && Cancelled)
            {
                Log.LogMessage(MessageImportance.Low, "Quantizing was cancelled. Nothing it made is used.");
            }

            return done;
        }
        finally
        {
            _lock?.Dispose();
        }
    }

    /// <inheritdoc />
    protected override bool ValidateParameters()
    {
        Dictionary<string, string> defaults = ItemMetadata.Defaults(Defaults);
        _models = ModelItems.Read(Models, ProjectDirectory, RootNamespace, defaults, Log);
        if (Log.HasLoggedErrors)
        {
            return false;
        }

        _request = Json.Write(new WorkerRequest
        {
            ProjectDirectory = ProjectDirectory,
            OutputDirectory = OutputDirectory,
            RuntimeIdentifier = RuntimeIdentifier,
            GpuPackage = GpuPackage,
            Properties = defaults,
            Profiles = [.. Profiles.Select(p => new WorkerRequest.ProfileEntry(p.ItemSpec, ItemMetadata.Of(p)))],
            Models = [.. _models.Select(m => new WorkerRequest.ModelEntry(m))],
        });
        try
        {
            _inputs = Stamp.Inputs(_request, InputFiles.Of(_models, defaults, ProjectDirectory, Worker));
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // The last two: .NET Framework throws them for a path with a character that Windows does not know.
            Error(Codes.DataUnreadable, $"The inputs of the models cannot be listed: {e.Message}");
            return false;
        }
    }

    /// <inheritdoc />
    protected override bool SkipTaskExecution()
    {
        if (Stamp.ReasonToRun(StampFile, _inputs) is not null && !TakeLock())
        {
            _gaveUp = true;
            return true;
        }

        // Asked again: another build may have done the work while this one waited for the lock.
        string? reason = Stamp.ReasonToRun(StampFile, _inputs);
        Log.LogMessage(MessageImportance.Low, reason is null ? "The models are as they were; the worker is not started." : $"The worker is started: {reason}.");
        return reason is null;
    }

    /// <inheritdoc />
    protected override string GenerateFullPathToTool() => Array.Find(DotNetHosts, File.Exists) ?? ToolName;

    /// <inheritdoc />
    protected override string GenerateCommandLineCommands()
    {
        var command = new CommandLineBuilder();
        command.AppendSwitch("exec");
        command.AppendFileNameIfNotNull(Worker);
        command.AppendSwitch("run");
        command.AppendFileNameIfNotNull(RequestFile);
        command.AppendSwitchIfNotNull("--parent ", CurrentProcessId);
        return command.ToString();
    }

    /// <inheritdoc />
    protected override string GetWorkingDirectory() => ProjectDirectory;

    /// <inheritdoc />
    protected override void LogToolCommand(string message) => Log.LogMessage(MessageImportance.Low, "{0}", message);

    /// <inheritdoc />
    protected override int ExecuteTool(string pathToTool, string responseFileCommands, string commandLineCommands)
    {
        WorkerRan = true;
        try
        {
            // From here on nothing tells a later build to trust this folder, until Accept has seen the worker succeed.
            Directory.CreateDirectory(OutputDirectory);
            File.Delete(StampFile);
            File.Delete(ManifestFile);
            AtomicFile.Write(RequestFile, _request);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Error(Codes.CannotWrite, $"'{OutputDirectory}' cannot be written: {e.Message}");
            return -1;
        }

        return base.ExecuteTool(pathToTool, responseFileCommands, commandLineCommands);
    }

    /// <inheritdoc />
    protected override void LogEventsFromTextOutput(string singleLine, MessageImportance messageImportance)
    {
        if (WorkerEvent.Parse(singleLine) is { } found)
        {
            _lastModel = found.Model ?? _lastModel;
            found.Report(Log);
            return;
        }

        _lastWords = singleLine.Trim().Length > 0 ? singleLine.Trim() : _lastWords;
        Log.LogMessage(MessageImportance.Low, "{0}", singleLine);
    }

    /// <inheritdoc />
    protected override bool HandleTaskExecutionErrors()
    {
        // Ctrl+C reaches the worker itself, and often before MSBuild has told this task.
        if (ExitCode == WorkerExit.Cancelled && ToolCanceled.WaitOne(CancellationArrives))
        {
            return false;
        }

        if (WorkerExit.Explain(ExitCode, Log.HasLoggedErrors, _lastModel, _lastWords, GenerateFullPathToTool()) is var (code, text))
        {
            Error(code, text, code == Codes.WorkerDied ? _lastModel : null);
        }

        return false;
    }

    private bool TakeLock()
    {
        try
        {
            _lock = OutputLock.Acquire(OutputDirectory, ToolCanceled, BuildEngine, Log);
            return _lock is not null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Error(Codes.CannotWrite, $"'{OutputDirectory}' cannot be written: {e.Message}");
            return false;
        }
    }

    private bool Accept()
    {
        try
        {
            var manifest = QuantManifest.Read(ManifestFile);
            Stamp.Write(StampFile, _inputs, manifest.FoundInputs, manifest.Outputs(OutputDirectory).Append(ManifestFile));
            return true;
        }
        catch (Exception e) when (e is SerializationException or IOException or UnauthorizedAccessException)
        {
            Error(Codes.WorkerDied, $"The quantization process succeeded but left no usable '{QuantManifest.FileName}': {e.Message}");
            return false;
        }
    }

    private void Error(string code, string text, string? file = null) => Log.LogError(null, code, null, file, 0, 0, 0, 0, text);
}
