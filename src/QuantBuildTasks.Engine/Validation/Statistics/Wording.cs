using System.Globalization;

namespace QuantBuildTasks.Engine.Validation.Statistics;

/// <summary>
/// Numbers as messages, result lines and reports show them: one place, so that a value reads the same everywhere, in every culture. What was
/// measured has one decimal, and more only where one would hide on which side of a limit it lies; limits keep the digits that they were given.
/// </summary>
internal static class Wording
{
    private const int MostDigits = 3;

    /// <summary>A measured share as <c>91.7 %</c>.</summary>
    public static string Percent(double share, int digits = 1) => Measured(share * 100, digits) + " %";

    /// <summary>A measured difference of shares as <c>2.3 points</c>.</summary>
    public static string Points(double share, int digits = 1) => Measured(share * 100, digits) + " points";

    /// <summary>A limit on shares as <c>91 %</c>.</summary>
    public static string PercentLimit(double share) => Given(share * 100) + " %";

    /// <summary>A limit on differences of shares as <c>0.5 points</c>.</summary>
    public static string PointsLimit(double share) => Given(share * 100) + (Given(share * 100) == "1" ? " point" : " points");

    public static string Samples(int count) => $"{Count(count)} {(count == 1 ? "sample" : "samples")}";

    /// <summary>A count as <c>10,000</c>.</summary>
    public static string Count(double count) => Number(count, "#,0");

    public static string Decibels(double value, int digits = 1) =>
        double.IsPositiveInfinity(value) ? "∞ dB" : double.IsNegativeInfinity(value) ? "−∞ dB" : Measured(value, digits) + " dB";

    public static string Cosine(double value) => Measured(value, 4);

    /// <summary>A number as a limit was given: without zeros at its end.</summary>
    public static string Given(double value) => Number(Math.Round(value, 6), "0.######");

    /// <summary>An interval of differences of shares, in points: <c>1.8–2.8</c>, or <c>−0.2 to 0.4</c>.</summary>
    public static string PointsInterval(Interval interval, int digits = 1) => Between(Measured(interval.Low * 100, digits), Measured(interval.High * 100, digits));

    public static string CosineInterval(Interval interval) => Between(Cosine(interval.Low), Cosine(interval.High));

    /// <summary>The decimals that tell a measured number from a limit; 1 where the two are equal.</summary>
    public static int Digits(double measured, double limit)
    {
        int digits = 1;
        while (digits < MostDigits && Measured(measured, digits) == Measured(limit, digits))
        {
            digits++;
        }

        return Measured(measured, digits) == Measured(limit, digits) ? 1 : digits;
    }

    /// <summary>A number of any size with a number of significant digits: <c>4.50</c>, <c>1234</c>, <c>0.00120</c>.</summary>
    public static string Significant(double value, int digits = 3)
    {
        if (!double.IsFinite(value) || value == 0)
        {
            return Number(value, "0");
        }

        int magnitude = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        int decimals = digits - 1 - magnitude;
        return decimals > 9 ? Number(value, "0." + new string('0', digits - 1) + "e-0")
            : Number(decimals > 0 ? Math.Round(value, decimals, MidpointRounding.AwayFromZero) : value, decimals > 0 ? "0." + new string('0', decimals) : "0");
    }

    /// <summary>The significant digits that tell two numbers apart: 3, or more where three would not; 3 where nothing does.</summary>
    public static int SignificantDigits(double a, double b)
    {
        for (int digits = 3; digits <= 6; digits++)
        {
            if (Significant(a, digits) != Significant(b, digits))
            {
                return digits;
            }
        }

        return 3;
    }

    public static string SignificantInterval(Interval interval, int digits) => Between(Significant(interval.Low, digits), Significant(interval.High, digits));

    /// <summary>A count to two digits, rounded up: <c>1,600</c>.</summary>
    public static string Rounded(double count)
    {
        double unit = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(count)) - 1));
        return Count(Math.Ceiling(count / unit) * unit);
    }

    /// <summary>In a format of <see cref="double.ToString(string)"/>, with a true minus sign and no minus zero.</summary>
    public static string Number(double value, string format)
    {
        string text = value.ToString(format, CultureInfo.InvariantCulture);
        return text.StartsWith('-') && text.All(c => c is '-' or '0' or '.') ? text[1..] : text.Replace('-', '−');
    }

    // Half away from zero, as people round.
    private static string Measured(double value, int digits) =>
        Number(double.IsFinite(value) ? Math.Round(value, digits, MidpointRounding.AwayFromZero) : value, "0." + new string('0', digits));

    private static string Between(string low, string high) => low.StartsWith('−') ? $"{low} to {high}" : $"{low}–{high}";
}
