using System.Text.Json;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Tool.Requests;

/// <summary>Reads request files and checks what does not depend on single settings.</summary>
internal static class RequestReader
{
    /// <exception cref="QuantException">QBT1026: the file is missing, no request, or of another version. QBT1023: two models share a class name.</exception>
    public static WorkerRequest Read(string path)
    {
        try
        {
            WorkerRequest? request = JsonSerializer.Deserialize(File.ReadAllBytes(path), RequestJson.Default.WorkerRequest);
            return Checked(request ?? throw Bad(path, "it is empty"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, e.Message, e);
        }
        catch (JsonException e)
        {
            throw Bad(path, e.Message, e);
        }

        WorkerRequest Checked(WorkerRequest request)
        {
            if (request.SchemaVersion != WorkerRequest.CurrentSchema)
            {
                throw Bad(path, $"its version is {request.SchemaVersion}, this worker reads {WorkerRequest.CurrentSchema}; use the task and the worker of one package");
            }

            if (!Path.IsPathFullyQualified(request.ProjectDirectory) || !Path.IsPathFullyQualified(request.OutputDirectory))
            {
                throw Bad(path, "projectDirectory and outputDirectory must be absolute");
            }

            if (request.Profiles.Any(p => p is null))
            {
                throw Bad(path, "a profile is null");
            }

            foreach (RequestedModel? model in request.Models)
            {
                CheckModel(path, model ?? throw Bad(path, "a model is null"));
            }

            CheckClassNames(request.Models);
            return request;
        }
    }

    private static void CheckModel(string path, RequestedModel model)
    {
        if (!Path.IsPathFullyQualified(model.Path))
        {
            throw Bad(path, $"the path of '{model.Include}' must be absolute");
        }

        // The name becomes a folder: nothing but an identifier may reach the file system.
        if (!IsIdentifier(model.ClassName))
        {
            throw Bad(path, $"'{model.ClassName}' is no class name");
        }
    }

    private static void CheckClassNames(IReadOnlyList<RequestedModel> models)
    {
        var seen = new Dictionary<string, RequestedModel>(StringComparer.OrdinalIgnoreCase);
        foreach (RequestedModel model in models)
        {
            if (!seen.TryAdd(model.ClassName, model))
            {
                throw QuantException.Error(
                    Codes.DuplicateClassName,
                    $"'{seen[model.ClassName].Include}' and '{model.Include}' both get the class '{model.ClassName}' (case does not count, because it names a folder). Set ClassName on one of them.",
                    model.Include);
            }
        }
    }

    private static bool IsIdentifier(string name) =>
        name.Length > 0 && !char.IsDigit(name[0]) && name.All(c => char.IsLetterOrDigit(c) || c == '_');

    private static QuantException Bad(string path, string why, Exception? inner = null) =>
        QuantException.Error(Codes.BadRequest, $"The request file '{path}' cannot be used: {why}", inner: inner);
}
