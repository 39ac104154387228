using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Tool.Requests.Settings;

/// <summary>Reads numbers as they are written in project files: invariant culture, whatever the machine speaks.</summary>
internal static class Numbers
{
    /// <exception cref="QuantException">QBT1021.</exception>
    public static double Positive(Setting setting)
    {
        // "4x" and "4×" are how ratios are said.
        string text = setting.Value.TrimEnd('x', 'X', '×').TrimEnd();
        return double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double value)
            && value > 0 && double.IsFinite(value)
            ? value
            : throw setting.Invalid("Write a number above 0 with a decimal point, for example 3.5.");
    }

    /// <exception cref="QuantException">QBT1021.</exception>
    public static int PositiveCount(Setting setting) => Count(setting) is > 0 and int value ? value : throw setting.Invalid("Write a whole number above 0.");

    /// <exception cref="QuantException">QBT1021.</exception>
    public static int Count(Setting setting) =>
        int.TryParse(setting.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw setting.Invalid("Write a whole number that is not negative.");
}
