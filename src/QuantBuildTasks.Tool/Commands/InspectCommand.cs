using System.CommandLine;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.ExternalData;
using QuantBuildTasks.Engine.Preparation.Functions;
using QuantBuildTasks.Tool.Display;
using QuantBuildTasks.Tool.Inspection;
using QuantBuildTasks.Tool.Protocol;
using QuantBuildTasks.Tool.Requests;

namespace QuantBuildTasks.Tool.Commands;

/// <summary><c>quant inspect model.onnx</c>: what a model is made of.</summary>
internal static class InspectCommand
{
    public static Command Create(ToolHost host)
    {
        var model = new Argument<string>("model") { Description = "The model (.onnx)." };
        var nodes = new Option<bool>("--nodes") { Description = "Lists every node by name, as --keep-float knows it." };
        model.Validators.Add(result => ArgumentCheck.NotEmpty(result, "model"));
        var command = new Command("inspect", "Shows inputs, outputs, operators and sizes of a model, and what could run as integers.") { model, nodes };
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(model);
            string fullPath = Path.GetFullPath(path, host.CurrentDirectory);
            try
            {
                if (ModelFile.Missing(fullPath, path) is { } missing)
                {
                    throw new QuantException(missing);
                }

                using var weights = new WeightFiles();
                OnnxModel read = ModelReader.ReadFile(fullPath, weights);

                // What quantizing sees, and gives its names.
                OnnxModel inlined = ModelWriter.Copy(read);
                FunctionInliner.Run(inlined, path);
                ModelView.Show(host, ModelSummary.Of(read, inlined));
                if (parsed.GetValue(nodes))
                {
                    ModelView.ShowNodes(host, inlined);
                }

                return ExitCode.Success;
            }
            catch (QuantException e)
            {
                ErrorLines.Write(host.Errors, e.Diagnostic with { File = path });
                return ExitCode.Of([e.Diagnostic]);
            }
        });
        return command;
    }
}
