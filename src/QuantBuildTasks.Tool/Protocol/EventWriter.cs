using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Engine.Reporting;

namespace QuantBuildTasks.Tool.Protocol;

/// <summary>Writes events for the build: each a line of its own, written in one piece and flushed, UTF-8 without byte order mark.</summary>
/// <param name="stream">Where to; not closed.</param>
/// <param name="gone">Called when nobody reads any more: the build was killed, and its worker should end too.</param>
internal sealed class EventWriter(Stream stream, Action gone) : IRunEvents
{
    private const string Prefix = "##qb ";
    private readonly Lock _lock = new();
    private (string Model, string Stage, int Percent) _last;
    private bool _gone;

    public void Finding(Diagnostic diagnostic) => Write(JsonSerializer.Serialize(
        new DiagnosticEvent("diagnostic", FindingText.Severity(diagnostic), diagnostic.Code, diagnostic.File, FindingText.Of(diagnostic)),
        EventJson.Plain.DiagnosticEvent));

    public void Result(string line) => Write(JsonSerializer.Serialize(new ResultEvent("result", FindingText.OneLine(line)), EventJson.Plain.ResultEvent));

    /// <summary>Says a stage's progress once per percent: a stage may report after every sample.</summary>
    public void Progress(string model, QuantProgress progress)
    {
        double fraction = double.IsNaN(progress.Fraction) ? 0 : Math.Clamp(progress.Fraction, 0, 1);
        (string, string, int) now = (model, progress.Stage, (int)(fraction * 100));
        lock (_lock)
        {
            if (now == _last)
            {
                return;
            }

            _last = now;
        }

        Write(JsonSerializer.Serialize(new ProgressEvent("progress", model, progress.Stage, Math.Round(fraction, 2)), EventJson.Plain.ProgressEvent));
    }

    private void Write(string json)
    {
        byte[] line = Encoding.UTF8.GetBytes(Prefix + json + "\n");
        lock (_lock)
        {
            if (_gone)
            {
                return;
            }

            try
            {
                stream.Write(line);
                stream.Flush();
            }
            catch (IOException)
            {
                _gone = true;
                gone();
            }
        }
    }
}

internal sealed record DiagnosticEvent(string Event, string Severity, string Code, string? File, string Text);

internal sealed record ResultEvent(string Event, string Text);

internal sealed record ProgressEvent(string Event, string Model, string Stage, double Fraction);

[JsonSerializable(typeof(DiagnosticEvent))]
[JsonSerializable(typeof(ResultEvent))]
[JsonSerializable(typeof(ProgressEvent))]
internal sealed partial class EventJson : JsonSerializerContext
{
    public static EventJson Plain { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
