using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Tool.Requests;

/// <summary>Whether there is a file where somebody says that a model is.</summary>
internal static class ModelFile
{
    /// <summary>QBT1001 where there is none; else null.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="displayPath">As it was written.</param>
    public static Diagnostic? Missing(string path, string displayPath) =>
        File.Exists(path) ? null
        : Directory.Exists(path) ? Diagnostic.Error(Codes.ModelNotFound, $"'{path}' is a folder, not a model. Name the .onnx file.", displayPath)
        : Diagnostic.Error(Codes.ModelNotFound, $"There is no model at '{path}'. Check the path.", displayPath);
}
