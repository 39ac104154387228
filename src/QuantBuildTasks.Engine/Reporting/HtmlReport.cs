using System.Globalization;
using System.Net;
using System.Text;

namespace QuantBuildTasks.Engine.Reporting;

/// <summary>The report for people: one file that loads nothing and runs nothing. Names out of models are hostile text and are escaped everywhere.</summary>
internal static class HtmlReport
{
    /// <summary>UTF-8 without byte order mark.</summary>
    public static byte[] Write(ReportDocument report)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width">
            <title>{Escape(report.Model)}</title>
            <style>{Style}</style>
            </head>
            <body>
            <h1>{Escape(report.Model)}</h1>
            <p>{report.FloatBytes:N0} bytes as float32. Recipe {Escape(report.Settings.Recipe)}, precision {Escape(report.Settings.Precision)},
            calibrated with {Escape(List(report.Settings.CalibrationData))}, validated with {Escape(List(report.Settings.ValidationData, "one calibration sample of five"))}.{Escape(Pinned(report.Settings.PinnedInputs))}</p>

            """);
        Findings(html, report.Findings);
        foreach (ReportVariant variant in report.Variants)
        {
            Variant(html, variant, report.FloatBytes);
        }

        html.Append("</body>\n</html>\n");
        return Encoding.UTF8.GetBytes(html.ToString().ReplaceLineEndings("\n"));
    }

    private const string Style =
        "body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}"
        + "table{border-collapse:collapse;margin:.5rem 0 1.5rem}th,td{padding:.2rem .7rem;border-bottom:1px solid #d8dee4;text-align:left;vertical-align:top}"
        + "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.error,.regressed{color:#b3261e}.warning{color:#8a5a00}.passed{color:#1a7f37}"
        + ".bar{display:inline-block;height:.7em;background:#4c7ecf;margin-left:.5em}summary{cursor:pointer}"
        + "@media(prefers-color-scheme:dark){body{color:#e6e9ed;background:#15181c}th,td{border-color:#3a4047}.error,.regressed{color:#ff8a80}.warning{color:#ffca6a}.passed{color:#7ee095}}";

    private static void Findings(StringBuilder html, IReadOnlyList<ReportFinding> findings)
    {
        if (findings.Count == 0)
        {
            return;
        }

        html.Append("<ul>\n");
        foreach (ReportFinding f in findings)
        {
            string profile = f.Profile is null ? "" : f.Profile + ": ";
            html.Append(CultureInfo.InvariantCulture, $"<li class=\"{Escape(f.Severity)}\">{Escape(f.Code)}: {Escape(profile + f.Text)}</li>\n");
        }

        html.Append("</ul>\n");
    }

    private static void Variant(StringBuilder html, ReportVariant v, long floatBytes)
    {
        html.Append(CultureInfo.InvariantCulture, $"<h2>{Escape(v.Profile)}</h2>\n<p>{Escape(v.Summary)}</p>\n");
        html.Append(CultureInfo.InvariantCulture, $"<p class=\"{Escape(v.Verdict.Outcome)}\">{Escape(Outcome(v.Verdict.Outcome))} Limit {Escape(v.Verdict.Limit)}: {Escape(v.Verdict.Explanation)}.</p>\n");
        foreach (ReportMetric other in v.Others)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"{Escape(other.Verdict.Outcome)}\">{Escape(Outcome(other.Verdict.Outcome))} Limit {Escape(other.Verdict.Limit)}: {Escape(other.Verdict.Explanation)}.</p>\n");
        }

        if (v.NonFinite > 0)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"error\">{v.NonFinite:N0} numbers of the outputs are NaN or infinite where float32 has finite ones.</p>\n");
        }

        html.Append("<table>\n");
        Row(html, "On disk", $"{v.Bytes.ToString("N0", CultureInfo.InvariantCulture)} bytes, {MetricText.Number(v.Compression, "0.00")}× smaller");
        if (v.StoredWeights.Count > 0)
        {
            Row(html, "Stored small, computed in float32", $"{Stored(v, "Int8", "weights as int8")}, {Stored(v, "Float16", "biases as float16")}");
        }

        Row(html, "In memory", $"{v.MemoryBytes.ToString("N0", CultureInfo.InvariantCulture)} bytes, {MetricText.Number((double)floatBytes / v.MemoryBytes, "0.00")}× smaller");
        Row(html, "Output SQNR", Decibels(v.SqnrDb));
        Row(html, "Multiply-adds in integer kernels", MetricText.Number(v.IntegerShare * 100, "0.0") + " %");
        Row(html, "Speed", v.Speedup is { } speedup ? MetricText.Number(speedup, "0.00") + "× float32, batch 1, one thread" : "not measured");
        Row(html, "Load time", v.LoadRatio is { } load ? MetricText.Number(load, "0.00") + "× float32's" : "not measured");
        Row(html, "Samples", v.Samples.ToString("N0", CultureInfo.InvariantCulture));
        Row(html, "Measured", v.Basis);
        if (v.Emulation is { } emulation)
        {
            Row(html, "Under emulation", $"{emulation.Explanation}; greatest difference of an output {MetricText.Number(emulation.GreatestDifference ?? 0, "0.######")}");
        }

        Row(html, "SHA-256", v.Sha256);
        html.Append("</table>\n");
        Outputs(html, v.Outputs);
        Candidates(html, v.Search);
        Layers(html, v.Layers);
        Nodes(html, v.Nodes);
    }

    private static void Outputs(StringBuilder html, IReadOnlyList<ReportOutput> outputs)
    {
        if (outputs.Count == 0)
        {
            return;
        }

        html.Append("<h3>Outputs</h3>\n<table>\n<tr><th>Output</th><th class=\"n\">SQNR</th><th class=\"n\">Worst sample</th><th class=\"n\">Mean cosine</th><th class=\"n\">Worst sample</th><th class=\"n\">Not finite</th></tr>\n");
        foreach (ReportOutput o in outputs)
        {
            string worst = o.WorstSqnrDb is { } s ? $"{Decibels(s.Value)} (sample {s.Sample})" : "–";
            string cosine = o.Cosine is { } mean ? MetricText.Number(mean, "0.0000") : "–";
            string worstCosine = o.WorstCosine is { Value: { } least } c ? $"{MetricText.Number(least, "0.0000")} (sample {c.Sample})" : "–";
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Escape(o.Name)}</td><td class=\"n\">{Decibels(o.SqnrDb)}</td><td class=\"n\">{worst}</td><td class=\"n\">{cosine}</td><td class=\"n\">{worstCosine}</td><td class=\"n\">{o.NonFinite:N0}</td></tr>\n");
        }

        html.Append("</table>\n");
    }

    private static void Candidates(StringBuilder html, ReportSearch? search)
    {
        if (search is null)
        {
            return;
        }

        html.Append(CultureInfo.InvariantCulture, $"<h3>Candidates</h3>\n<p>Measured on {search.Samples:N0} calibration samples that were held out. Number {search.Taken + 1} was taken: {Escape(search.Reason)}.</p>\n");
        html.Append("<table>\n<tr><th class=\"n\">Number</th><th>What</th><th class=\"n\">SQNR</th><th>Limits</th><th class=\"n\">Estimated time ÷ float32's</th><th class=\"n\">Bytes</th><th class=\"n\">Cost</th></tr>\n");
        foreach ((int i, ReportCandidate c) in search.Candidates.Index())
        {
            string limits = c.HoldsGate ? "<td class=\"passed\">hold</td>" : "<td class=\"regressed\">missed</td>";
            html.Append(CultureInfo.InvariantCulture, $"<tr><td class=\"n\">{i + 1}</td><td>{Escape(c.What)}</td><td class=\"n\">{Decibels(c.SqnrDb)}</td>{limits}<td class=\"n\">{MetricText.Number(c.EstimatedTime ?? double.NaN, "0.00")}</td><td class=\"n\">{c.Bytes:N0}</td><td class=\"n\">{MetricText.Number(c.Cost ?? double.NaN, "0.000")}</td></tr>\n");
        }

        html.Append("</table>\n");
    }

    private static void Layers(StringBuilder html, IReadOnlyList<ReportLayer> layers)
    {
        if (layers.Count == 0)
        {
            return;
        }

        html.Append("<h3>Layers, those that lose most first</h3>\n<table>\n<tr><th>Layer</th><th class=\"n\">SQNR</th><th class=\"n\">Lost here</th><th></th></tr>\n");
        foreach (ReportLayer l in layers)
        {
            // 60 dB is where eight bits cannot be told from float32: the bar is full there.
            double width = Math.Clamp(l.SqnrDb ?? 0, 0, 60) / 6;
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Escape(l.Node)}</td><td class=\"n\">{Decibels(l.SqnrDb)}</td><td class=\"n\">{Decibels(l.LossDb)}</td><td><span class=\"bar\" style=\"width:{MetricText.Number(width, "0.0")}em\"></span></td></tr>\n");
        }

        html.Append("</table>\n");
    }

    private static void Nodes(StringBuilder html, IReadOnlyList<ReportNode> nodes)
    {
        html.Append(CultureInfo.InvariantCulture, $"<details>\n<summary>All {nodes.Count} nodes</summary>\n");
        html.Append("<table>\n<tr><th>Node</th><th>Operator</th><th>Runs as</th><th class=\"n\">Multiply-adds</th><th>Why float32</th></tr>\n");
        foreach (ReportNode n in nodes)
        {
            html.Append(CultureInfo.InvariantCulture, $"<tr><td>{Escape(n.Node)}</td><td>{Escape(n.OpType)}</td><td>{Escape(Words(n.Precision))}</td><td class=\"n\">{n.MultiplyAdds:N0}</td><td>{Escape(n.Reason ?? "")}</td></tr>\n");
        }

        html.Append("</table>\n</details>\n");
    }

    private static void Row(StringBuilder html, string name, string value) =>
        html.Append(CultureInfo.InvariantCulture, $"<tr><th>{Escape(name)}</th><td>{Escape(value)}</td></tr>\n");

    private static string Stored(ReportVariant v, string type, string what) => $"{v.StoredWeights.Count(s => s.Type == type)} {what}";

    private static string Decibels(double? value) => value is { } db ? MetricText.Decibels(db) : "–";

    private static string Outcome(string outcome) => outcome switch
    {
        "passed" => "Passed.",
        "regressed" => "Regressed.",
        _ => "Too few samples to tell.",
    };

    private static string Words(string precision) => precision == "followsInput" ? "follows its input" : precision;

    private static string List(IReadOnlyList<string> files, string none = "nothing") => files.Count == 0 ? none : string.Join(", ", files);

    private static string Pinned(IReadOnlyList<string> pins) => pins.Count == 0 ? "" : $" Fixed for good: {List(pins)}.";

    private static string Escape(string text) => WebUtility.HtmlEncode(text);
}
