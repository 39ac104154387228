using QuantBuildTasks.Worker;

namespace QuantBuildTasks.Tests;

public sealed class WorkerEventTests
{
    [Theory]
    [InlineData("Max error: 0.013")]
    [InlineData("quantization error 0.02: layer conv1")]
    [InlineData("a.onnx : error QBT3001: text")]
    [InlineData("x ##qb {\"event\":\"result\",\"text\":\"t\"}")]
    [InlineData("##qb {\"event\":\"diagnostic\",\"severity\":\"err")]
    [InlineData("##qb [1, 2]")]
    [InlineData("##qb {\"event\":\"unknown\"}")]
    [InlineData("##qb ")]
    [InlineData("")]
    public void Anything_that_is_no_event_is_noise(string line) => Assert.Null(WorkerEvent.Parse(line));

    [Fact]
    public void Diagnostic_keeps_code_file_and_text()
    {
        WorkerEvent found = WorkerEvent.Parse("""##qb {"event":"diagnostic","severity":"error","code":"QBT3001","file":"models/größe.onnx","text":"fell by 2.3 {points} → 89 %"}""")!;

        Assert.Equal(("error", "QBT3001", "models/größe.onnx", "fell by 2.3 {points} → 89 %"), (found.Severity, found.Code, found.File, found.Text));
    }

    [Fact]
    public void Absent_and_unknown_fields_are_no_fault()
    {
        WorkerEvent found = WorkerEvent.Parse("""##qb {"future":[1],"event":"diagnostic","severity":"warning","code":"QBT3010","file":null,"text":"t"}""")!;

        Assert.Null(found.File);
        Assert.True(found.IsWarning);
    }
}
