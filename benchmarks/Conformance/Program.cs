using QuantBuildTasks.Conformance.Models;
using QuantBuildTasks.Conformance.Steps;
using System.Text.Json;

foreach (var m in ConformanceModel.All(ConformanceModel.PackageRoot).Where(m => args.Length == 0 || m.Name.Contains(args[0])))
{
    var f = Examination.Of(m);
    Console.WriteLine(JsonSerializer.Serialize(f));
}
