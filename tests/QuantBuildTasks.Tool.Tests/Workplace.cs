using System.Text;
using System.Text.Json;
using QuantBuildTasks.Engine.Packaging;
using QuantBuildTasks.Tool.Commands;
using Spectre.Console;

namespace QuantBuildTasks.Tool.Tests;

/// <summary>A project folder with a space and an umlaut, a fake engine, and the tool in between.</summary>
internal sealed class Workplace : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();
    private readonly MemoryStream _events = new();

    public Workplace()
    {
        Write("models/fashion.onnx");
        Write("data/calibration.npz");
    }

    public FakeEngine Engine { get; } = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("quant täst ").FullName;

    public string OutputFolder => Path.Combine(Folder, "obj", "quant");

    public string Output => _output.ToString();

    public string Errors => _errors.ToString();

    /// <summary>Standard output of the worker.</summary>
    public string[] Events => Encoding.UTF8.GetString(_events.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public byte[] EventBytes => _events.ToArray();

    /// <summary>Codes of all reported findings, in order.</summary>
    public string[] Codes =>
    [
        .. Events.Select(e => JsonDocument.Parse(e["##qb ".Length..]).RootElement)
            .Where(e => e.GetProperty("event").GetString() == "diagnostic").Select(e => e.GetProperty("code").GetString()!),
    ];

    public ResultManifest? Manifest =>
        Path.Combine(OutputFolder, ResultManifest.FileName) is var path && File.Exists(path) ? ResultManifest.Read(File.ReadAllBytes(path)) : null;

    /// <summary>Files below the output folder with their content.</summary>
    public IReadOnlyDictionary<string, string> Outputs => Directory.Exists(OutputFolder)
        ? Directory.GetFiles(OutputFolder, "*", SearchOption.AllDirectories)
            .ToDictionary(f => Path.GetRelativePath(OutputFolder, f).Replace('\\', '/'), File.ReadAllText, StringComparer.Ordinal)
        : [];

    /// <summary>Whether standard output is a person's screen.</summary>
    public bool IsTerminal { get; init; }

    public CancellationToken Cancellation => _cancellation.Token;

    public void Cancel() => _cancellation.Cancel();

    public string Write(string relativePath, string content = "")
    {
        string path = Path.Combine(Folder, relativePath);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        return path;
    }

    public int Run(params string[] args)
    {
        _events.SetLength(0);
        var host = new ToolHost
        {
            Quantize = Engine.Run,
            Output = _output,
            Errors = _errors,
            Console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(_output) }),
            IsTerminal = IsTerminal,
            OpenEvents = () => new Unclosed(_events),
            Cancellation = _cancellation.Token,
            Cancel = _cancellation.Cancel,
            CurrentDirectory = Folder,
        };
        return new CommandLine(host).Run(args);
    }

    /// <summary>Runs the worker on models given as include, class name and metadata.</summary>
    public int Build(params (string Include, string ClassName, Dictionary<string, string> Metadata)[] models) => Build("", [], models);

    public int Build(string runtimeIdentifier, Dictionary<string, string> properties, params (string Include, string ClassName, Dictionary<string, string> Metadata)[] models)
    {
        string request = JsonSerializer.Serialize(new
        {
            schemaVersion = 1,
            projectDirectory = Folder,
            outputDirectory = OutputFolder,
            runtimeIdentifier,
            properties,
            models = models.Select(m => new { include = m.Include, path = Path.Combine(Folder, m.Include), className = m.ClassName, metadata = m.Metadata }),
        });
        return Run("run", Write("obj/request.json", request));
    }

    /// <summary>The usual model with further metadata.</summary>
    public int BuildFashion(params (string Name, string Value)[] metadata)
    {
        var all = new Dictionary<string, string> { ["CalibrationData"] = "data/calibration.npz", ["Profiles"] = "x64-vnni" };
        foreach ((string name, string value) in metadata)
        {
            all[name] = value;
        }

        return Build(("models/fashion.onnx", "Fashion", all));
    }

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        _cancellation.Dispose();
    }

    /// <summary>The command closes its stream; the test reads on.</summary>
    private sealed class Unclosed(MemoryStream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
