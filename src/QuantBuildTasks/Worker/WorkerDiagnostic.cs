using System.Runtime.Serialization;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace QuantBuildTasks.Worker;

/// <summary>A finding of the worker: in its output while it runs, and in the manifest for later builds.</summary>
[DataContract]
internal class WorkerDiagnostic
{
    [DataMember(Name = "severity")]
    public string? Severity { get; set; }

    [DataMember(Name = "code")]
    public string? Code { get; set; }

    [DataMember(Name = "file")]
    public string? File { get; set; }

    [DataMember(Name = "text")]
    public string? Text { get; set; }

    public bool IsWarning => Severity == "warning";

    public void Log(TaskLoggingHelper log)
    {
        switch (Severity)
        {
            case "error":
                log.LogError(null, Code, null, File, 0, 0, 0, 0, Text ?? "");
                break;
            case "warning":
                log.LogWarning(null, Code, null, File, 0, 0, 0, 0, Text ?? "");
                break;
            default:
                log.LogMessage(null, Code, null, File, 0, 0, 0, 0, MessageImportance.High, Text ?? "");
                break;
        }
    }
}
