using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Tool.Requests.Settings;

/// <summary>Reads on which axis inputs hold their samples: <c>state=1;rate=none</c>. Inputs that are not named have it on axis 0.</summary>
internal static class BatchAxesText
{
    private const string Form = "Write the axis of an input, or none: state=1;rate=none.";

    /// <exception cref="QuantException">QBT1021.</exception>
    public static IReadOnlyDictionary<string, int?> Parse(Setting setting)
    {
        var axes = new Dictionary<string, int?>(StringComparer.Ordinal);
        foreach (string item in setting.Items)
        {
            // Names of inputs may hold '=' themselves.
            int at = item.LastIndexOf('=');
            if (at <= 0 || !axes.TryAdd(item[..at].Trim(), Axis(setting, item[(at + 1)..].Trim())))
            {
                throw setting.Invalid(Form);
            }
        }

        return axes;
    }

    private static int? Axis(Setting setting, string text) =>
        text.Equals("none", StringComparison.OrdinalIgnoreCase) ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int axis) ? axis
        : throw setting.Invalid(Form);
}
