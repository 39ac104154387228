using System.Text;
using QuantBuildTasks.Zoo.Entries;
using QuantBuildTasks.Zoo.Judging;
using QuantBuildTasks.Zoo.Measuring;

namespace QuantBuildTasks.Zoo.Printing;

/// <summary>One question, and the answer for each case that the rows have.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Meaning">What holds means, in a sentence or two.</param>
/// <param name="Judgements">The answers.</param>
internal sealed record JudgedSection(string Title, string Meaning, IReadOnlyList<Judgement> Judgements)
{
    /// <summary>As Markdown renderers make it of the heading.</summary>
    public string Anchor => string.Concat(Title.ToLowerInvariant().Where(c => char.IsLetterOrDigit(c) || c is ' ' or '-')).Replace(' ', '-');

    public int Count(bool? holds) => Judgements.Count(j => j.Holds == holds);

    /// <summary>All questions, in the order of the page.</summary>
    public static IEnumerable<JudgedSection> All(IReadOnlyList<ZooEntry> entries, IReadOnlyList<ZooRow> rows)
    {
        Field[] fields = [.. entries.Select(e => Field.Of(e, rows))];
        yield return new JudgedSection(
            "The front is covered",
            $"For each reference an artifact of ours for {Field.Profile} has its metric, short of half our 95 % interval (SQNR without that), at least 0.97 of its times smaller, and at least 0.9 of its times fast.",
            [.. fields.SelectMany(FrontCover.Judge)]);
        yield return new JudgedSection(
            "No reference dominates a row of ours",
            "None is as good in all three and better in one. Half the 95 % interval, 0.1 dB, 0.5 % of size and 3 % of speed count as equal.",
            [.. fields.SelectMany(Dominance.Judge)]);
        yield return new JudgedSection(
            "The front is passed",
            "Recipe auto makes one artifact that is more exact, smaller, or more than 3 % faster than each reference, and keeps 97 % of the reference's number in the rest.",
            [.. fields.SelectMany(FrontPassed.Judge)]);
        yield return new JudgedSection("The goals of recipe auto", "One artifact reaches all of an entry's numbers.", [.. fields.SelectMany(Goals.Judge)]);
        yield return new JudgedSection(
            "x64-avx2 is as exact as x64-vnni",
            "Within 0.3 points, or 2 dB where the metric is in dB or one sample is more than 0.3 points. Measured on all validation samples, natively on a processor without VNNI or proved on another; where an emulator ran some of them, the basis says what it showed.",
            [.. entries.SelectMany(e => ProfileGap.Judge(e, rows))]);
        yield return new JudgedSection("Never slower than float32", "The slowest artifact of each entry on each profile that a machine of its own measured, one sample and one thread, is at least 0.97 times as fast.", [.. Cost.Speed(rows)]);
        yield return new JudgedSection(
            "Passes over the calibration data",
            "Seconds of quantizing, start-up of the process apart, ÷ seconds of one float32 pass over the same data, timed right before and after. fast may take 1.5, balanced 4. The samples are repeated where a pass would be too short.",
            [.. Cost.Passes(entries, rows)]);
        yield return new JudgedSection(
            "Peak memory of calibrating",
            "In MiB: at most that of a process that only runs the float model over the same data, three times the model, and the float32 activations of one batch. Validation, which runs two models, is no part of it.",
            [.. Cost.Memory(rows)]);
    }

    public void Append(StringBuilder page)
    {
        page.Append($"\n## {Title}\n\n{Meaning}\n");
        if (Judgements.Count == 0)
        {
            page.Append("\nNo row tells.\n");
            return;
        }

        page.Append("\n| model | case | | numbers |\n|---|---|---|---|\n");
        foreach (Judgement j in Judgements)
        {
            page.Append($"| {j.Entry} | {j.Case} | {(j.Holds switch { true => "holds", false => "**missed**", null => "–" })} | {j.Detail} |\n");
        }
    }
}
