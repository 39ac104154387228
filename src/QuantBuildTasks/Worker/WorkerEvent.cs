using System.Globalization;
using System.Runtime.Serialization;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace QuantBuildTasks.Worker;

/// <summary>
/// One line of the worker's output that is meant for us. Native code writes to the same stream, and "max error: 0.01" would be a build error to
/// MSBuild's own parser, so a line without the prefix never means anything.
/// </summary>
[DataContract]
internal sealed class WorkerEvent : WorkerDiagnostic
{
    private const string Prefix = "##qb ";

    [DataMember(Name = "event")]
    public string? Event { get; set; }

    [DataMember(Name = "model")]
    public string? Model { get; set; }

    [DataMember(Name = "stage")]
    public string? Stage { get; set; }

    [DataMember(Name = "fraction")]
    public double Fraction { get; set; }

    /// <summary>The event in <paramref name="line"/>, or null where the line is noise.</summary>
    public static WorkerEvent? Parse(string line)
    {
        if (!line.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        try
        {
            WorkerEvent found = Json.Read<WorkerEvent>(Encoding.UTF8.GetBytes(line.Substring(Prefix.Length)));
            return found.Event is "diagnostic" or "result" or "progress" ? found : null;
        }
        catch (SerializationException)
        {
            // Cut off in the middle, as happens when the worker dies. The caller logs the line as it is.
            return null;
        }
    }

    public void Report(TaskLoggingHelper log)
    {
        switch (Event)
        {
            case "diagnostic":
                Log(log);
                break;
            case "result":
                log.LogMessage(MessageImportance.High, "{0}", Text);
                break;
            default:
                log.LogMessage(MessageImportance.Low, "{0}", string.Format(CultureInfo.InvariantCulture, "{0}: {1} {2:P0}", Model, Stage, Fraction));
                break;
        }
    }
}
