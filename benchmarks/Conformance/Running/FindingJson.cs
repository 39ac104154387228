using System.Text.Json.Serialization;
using QuantBuildTasks.Conformance.Steps;

namespace QuantBuildTasks.Conformance.Running;

[JsonSourceGenerationOptions(UseStringEnumConverter = true)]
[JsonSerializable(typeof(ExaminingTask))]
[JsonSerializable(typeof(ModelFinding))]
internal sealed partial class FindingJson : JsonSerializerContext;
