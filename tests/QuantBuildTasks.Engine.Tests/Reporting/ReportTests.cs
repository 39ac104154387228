using System.Text;
using System.Text.Json;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Pipeline;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Reporting;

namespace QuantBuildTasks.Engine.Tests.Reporting;

public sealed class ReportTests
{
    private const string Hostile = "<script>alert('x')</script>&\"";

    [Fact]
    public void Json_holds_measurements_plan_and_findings()
    {
        JsonElement variant = Json(SampleResult.Of()).GetProperty("variants")[0];

        Assert.Equal("x64-vnni", variant.GetProperty("profile").GetString());
        Assert.Equal(0.9161, variant.GetProperty("value").GetDouble());
        Assert.Equal(-0.0013, variant.GetProperty("dropInterval").GetProperty("low").GetDouble());
        Assert.Equal("passed", variant.GetProperty("verdict").GetProperty("outcome").GetString());
        Assert.Equal("1%", variant.GetProperty("verdict").GetProperty("limit").GetString());
        Assert.Equal("/features/3/Conv", variant.GetProperty("layers")[0].GetProperty("node").GetString());
        Assert.Equal("integer", variant.GetProperty("nodes")[0].GetProperty("precision").GetString());
        Assert.Equal(3, variant.GetProperty("activations")[0].GetProperty("zeroPoint").GetInt32());
        Assert.Equal([0.25f, 0.125f], variant.GetProperty("weights")[0].GetProperty("scales").EnumerateArray().Select(s => s.GetSingle()));
        Assert.Equal("QBT1030", Json(SampleResult.Of()).GetProperty("findings")[0].GetProperty("code").GetString());
    }

    [Fact]
    public void Values_that_do_not_exist_are_null_and_infinity_is_named()
    {
        QuantVariant variant = SampleResult.Variant(report: SampleResult.Report() with { FloatValue = double.NaN, Drop = double.NaN, SqnrDb = double.PositiveInfinity, DropInterval = null });

        JsonElement json = Json(SampleResult.Of(null, variant)).GetProperty("variants")[0];

        Assert.Equal(JsonValueKind.Null, json.GetProperty("floatValue").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("drop").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("dropInterval").ValueKind);
        Assert.Equal("Infinity", json.GetProperty("sqnrDb").GetString());
    }

    [Fact]
    public void Reports_hold_no_absolute_path()
    {
        ReportDocument report = ReportBuilder.Build(SampleResult.Of());

        Assert.DoesNotContain("/somewhere", Encoding.UTF8.GetString(JsonReport.Write(report)), StringComparison.Ordinal);
        Assert.DoesNotContain("/somewhere", Encoding.UTF8.GetString(HtmlReport.Write(report)), StringComparison.Ordinal);
    }

    [Fact]
    public void Html_escapes_every_name_out_of_a_model()
    {
        QuantVariant variant = SampleResult.Variant() with
        {
            Plan = SampleResult.Plan() with { Nodes = [new NodeDecision(Hostile, Hostile, NodePrecision.Float32, Hostile, Hostile, 0)] },
            Report = SampleResult.Report() with
            {
                Layers = [new(Hostile, 10, 1)],
                Basis = Hostile,
                Verdict = SampleResult.Report().Verdict with { Explanation = Hostile },
            },
        };
        QuantResult result = SampleResult.Of(SampleResult.Job(Hostile + ".onnx"), variant) with
        {
            Diagnostics = [Diagnostic.Warning(Codes.UnusedPattern, Hostile) with { Profile = Hostile }],
        };

        string html = Encoding.UTF8.GetString(HtmlReport.Write(ReportBuilder.Build(result)));

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("&lt;script&gt;", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Html_loads_nothing_from_elsewhere()
    {
        string html = Encoding.UTF8.GetString(HtmlReport.Write(ReportBuilder.Build(SampleResult.Of())));

        Assert.DoesNotContain("http:", html, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', html);
    }

    [Fact]
    public void Finding_becomes_one_line_with_its_profile_in_front() => Assert.Equal(
        "x64-vnni: first second",
        FindingText.Of(Diagnostic.Error(Codes.AccuracyRegressed, "first\r\n  second") with { Profile = "x64-vnni" }));

    private static JsonElement Json(QuantResult result) => JsonDocument.Parse(JsonReport.Write(ReportBuilder.Build(result))).RootElement;
}
