using System.Globalization;

namespace QuantBuildTasks.Engine.Validation;

/// <summary>Numbers as messages show them, the same in every culture.</summary>
internal static class Wording
{
    /// <summary>A share as <c>91.68 %</c>.</summary>
    public static string Percent(double share) => Number(share * 100, "0.0#") + " %";

    /// <summary>A difference of shares as <c>2.3 points</c>.</summary>
    public static string Points(double share) => Plain(share) + (Math.Abs(Math.Round(share * 100, 2)) == 1 ? " point" : " points");

    public static string Samples(int count) => $"{Count(count)} {(count == 1 ? "sample" : "samples")}";

    /// <summary>A count as <c>10,000</c>.</summary>
    public static string Count(double count) => Number(count, "#,0");

    public static string Decibels(double value) => double.IsPositiveInfinity(value) ? "∞ dB" : double.IsNegativeInfinity(value) ? "−∞ dB" : Number(value, "0.0#") + " dB";

    public static string Cosine(double value) => Number(value, "0.00##");

    /// <summary>An interval of differences of shares, in points: <c>1.8–2.8</c>, or <c>−0.2 to 0.4</c>.</summary>
    public static string PointsInterval(Interval interval) => Between(Plain(interval.Low), Plain(interval.High));

    public static string CosineInterval(Interval interval) => Between(Cosine(interval.Low), Cosine(interval.High));

    /// <summary>A share in points, without its unit.</summary>
    private static string Plain(double share) => Number(share * 100, "0.##");

    private static string Between(string low, string high) => low.StartsWith('−') ? $"{low} to {high}" : $"{low}–{high}";

    private static string Number(double value, string format)
    {
        string text = value.ToString(format, CultureInfo.InvariantCulture);
        return text is "-0" or "-0.0" or "-0.00" ? text[1..] : text.Replace('-', '−');
    }
}
