using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace QuantBuildTasks.Engine.Reporting;

/// <summary>The report for programs.</summary>
internal static class JsonReport
{
    /// <summary>UTF-8 without byte order mark, lines that end with LF.</summary>
    public static byte[] Write(ReportDocument report) =>
        Encoding.UTF8.GetBytes(JsonSerializer.Serialize(report, ReportJson.Readable.ReportDocument) + "\n");
}

[JsonSerializable(typeof(ReportDocument))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    public static ReportJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
        IndentSize = 1,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
