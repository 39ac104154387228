using System.Runtime.CompilerServices;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Model.Checking;

/// <summary>
/// What must hold before native code sees a model. Names, references, cycles and the sizes of tensors' data are checked while a file is
/// read, since a <see cref="Graph"/> cannot be built otherwise; this holds the rest. It allocates nothing that grows with sizes that a file claims.
/// </summary>
internal static class ModelChecker
{
    /// <summary>The longest name, in characters. PyTorch's exporter joins module paths to a few hundred; messages and reports repeat names.</summary>
    public const int LongestName = 16_384;

    /// <summary>Sets of operators beside ONNX's own that ONNX defines or ONNX Runtime brings. A file need not import the latter.</summary>
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview", "ai.onnx.preview.training",
        "com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc",
    };

    /// <summary>Refuses a model that is not valid.</summary>
    /// <param name="model">As it was read.</param>
    /// <param name="file">What messages call it.</param>
    /// <exception cref="QuantException">QBT1006: a rule is broken. QBT1004: it needs operators that are neither ONNX's nor ONNX Runtime's.</exception>
    public static void Check(OnnxModel model, string? file)
    {
        var custom = new SortedSet<string>(StringComparer.Ordinal);
        CheckGraphs(model.Graph, model.Opsets, model.IrVersion, file);
        foreach (LocalFunction function in model.Functions)
        {
            CheckGraphs(function.Body, function.Opsets, model.IrVersion, file);
        }

        // What no call reaches, ONNX Runtime does not look for.
        FunctionCalls calls = FunctionChecker.Check(model, file);
        foreach (Node node in calls.Reachable().Select(f => f.Body).Prepend(model.Graph).SelectMany(g => g.SelfAndSubgraphs()).SelectMany(g => g.Nodes))
        {
            if (!Known.Contains(node.Domain) && calls.Find(node) is null)
            {
                custom.Add($"{node.Domain}.{node.OpType} (node '{Clip(node.DisplayName)}')");
            }
        }

        if (custom.Count > 0)
        {
            throw QuantException.Error(
                Codes.ModelUnsupported,
                $"The model needs custom operators, which ONNX Runtime does not have: {string.Join(", ", custom.Take(5))}{(custom.Count > 5 ? $" and {custom.Count - 5} more" : "")}. "
                + "Export it with ONNX's own operators, or define them as functions in the model.",
                file);
        }
    }

    /// <param name="root">The model's graph, or the body of a function.</param>
    /// <param name="opsets">The operator sets that its nodes may use.</param>
    /// <param name="irVersion">The version of the file format.</param>
    /// <param name="file">What messages call the model.</param>
    private static void CheckGraphs(Graph root, SortedDictionary<string, long> opsets, long irVersion, string? file)
    {
        foreach ((string domain, long version) in opsets)
        {
            Require(version >= 1, file, $"opset_import: operator set '{Domain(domain)}' has version {version}.");
        }

        foreach (Graph graph in root.SelfAndSubgraphs())
        {
            foreach (Value value in graph.Values)
            {
                CheckValue(value, file);
            }

            foreach (Node node in graph.Nodes)
            {
                CheckNode(node, opsets, irVersion, file);
            }
        }
    }

    private static void CheckValue(Value value, string? file)
    {
        Require(value.Name.Length <= LongestName, file, $"the name '{Clip(value.Name)}' has {value.Name.Length} characters; more than {LongestName} are not taken.");
        Require(Enum.IsDefined(value.Type), file, $"value '{Clip(value.Name)}' has element type {(int)value.Type}, which does not exist.");
        if (value.Initializer is { } data)
        {
            Require(data.Type != ElementType.Undefined, file, $"initializer '{Clip(value.Name)}': data_type is not set.");
            Require(value.Type == data.Type || value.Type == ElementType.Undefined, file, $"initializer '{Clip(value.Name)}' holds {data.Type}, but the input of that name is declared as {value.Type}.");
        }

        Int128 count = 1;
        foreach (Dimension dimension in value.Shape ?? [])
        {
            // Zero first, as a size of zero would hide an overflow behind it; eight bytes are the widest common element.
            count *= dimension.Value is { } size and > 0 ? size : 1;
            Require(count <= long.MaxValue / 8, file, $"value '{Clip(value.Name)}': the sizes {value.Shape} multiply to more than 64 bits hold.");
        }
    }

    private static void CheckNode(Node node, SortedDictionary<string, long> opsets, long irVersion, string? file)
    {
        string where = $"node '{Clip(node.DisplayName)}'";
        Require(node.OpType.Length > 0, file, $"{where}: op_type is empty.");
        Require(
            Math.Max(node.Name.Length, Math.Max(node.OpType.Length, node.Domain.Length)) <= LongestName,
            file,
            $"{where}: name, op_type or domain has more than {LongestName} characters.");

        // Before IR version 3 there was no opset_import: the first operator set was meant.
        bool isImplied = node.Domain.Length == 0 ? irVersion < 3 : Known.Contains(node.Domain);
        Require(isImplied || opsets.ContainsKey(node.Domain), file, $"{where}: opset_import lacks operator set '{Domain(node.Domain)}', which {Clip(node.OpType)} needs.");
        // ONNX Runtime 1.31 writes to each and ends the process where one is not there (its issue 18601).
        Require(!node.Is("Split") || !node.Outputs.Contains(null), file, $"{where}: an output of Split is left out, which only optional outputs may be. Name it, though nothing reads it.");
        foreach (NodeAttribute attribute in node.Attributes)
        {
            Require(attribute.Name.Length is > 0 and <= LongestName, file, $"{where}: an attribute's name is empty or has more than {LongestName} characters.");
            Require(
                attribute.Kind != AttributeKind.Undefined && Enum.IsDefined(attribute.Kind),
                file,
                $"{where}: attribute '{Clip(attribute.Name)}' has type {(int)attribute.Kind}, which does not exist.");
            Require(
                node.Domain.Length > 0 || AttributeTypes.Of(attribute.Name) is not { } expected || expected == attribute.Kind,
                file,
                $"{where}: attribute '{attribute.Name}' of {Clip(node.OpType)} is declared as {attribute.Kind}, but must be {AttributeTypes.Of(attribute.Name)}.");
        }
    }

    /// <summary>Refuses the model where a rule does not hold.</summary>
    internal static void Require(bool holds, string? file, [InterpolatedStringHandlerArgument(nameof(holds))] Complaint complaint)
    {
        if (!holds)
        {
            throw QuantException.Error(Codes.InvalidModel, $"The model is invalid: {complaint.Text}", file);
        }
    }

    private static string Domain(string domain) => domain.Length == 0 ? "ai.onnx" : Clip(domain);

    private static string Clip(string name) => name.Length <= 200 ? name : name[..200] + "…";
}
