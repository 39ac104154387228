using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline.Jobs;
using QuantBuildTasks.Tool.Requests.Profiles;
using QuantBuildTasks.Tool.Requests.Settings;

namespace QuantBuildTasks.Tool.Requests;

/// <summary>A job and the name of its accessor.</summary>
internal sealed record ModelJob(string ClassName, QuantJob Job);

/// <summary>The jobs of a request, or every reason why there are none.</summary>
internal sealed record JobSet(IReadOnlyList<ModelJob> Jobs, IReadOnlyList<Diagnostic> Findings)
{
    /// <summary>Reads every setting of every model, so that a user sees all mistakes at once, before anything long starts.</summary>
    public static JobSet Of(WorkerRequest request)
    {
        List<Diagnostic> findings = [.. NameCheck.Properties(request)];
        var target = new JobTarget
        {
            Catalog = ProfileReader.Read(request.Profiles, findings),
            OutputDirectory = Path.GetFullPath(request.OutputDirectory),
            RuntimeIdentifier = request.RuntimeIdentifier,
            GpuPackage = request.GpuPackage,
        };
        var jobs = new List<ModelJob>();
        foreach (RequestedModel model in request.Models)
        {
            findings.AddRange(NameCheck.Metadata(model));
            var settings = ModelSettings.OfProject(model.Include, model.Metadata, request.Properties);
            var factory = new JobFactory(settings, request.ProjectDirectory, target);
            jobs.Add(new ModelJob(model.ClassName, factory.Create(model.Path, model.Include)));
            findings.AddRange(factory.Findings);
        }

        // A wrong property is found once for each model.
        return new JobSet(jobs, [.. findings.Distinct()]);
    }
}
