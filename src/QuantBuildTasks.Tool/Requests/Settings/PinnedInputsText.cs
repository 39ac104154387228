using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Preparation.Pinning;

namespace QuantBuildTasks.Tool.Requests.Settings;

/// <summary>Reads what is fixed for good: <c>sr=16000;batch=1;size=[224, 224]</c>. What the names and values mean only the model tells.</summary>
internal static class PinnedInputsText
{
    /// <exception cref="QuantException">QBT1021.</exception>
    public static IReadOnlyList<Pin> Parse(Setting setting)
    {
        var pins = new List<Pin>();
        foreach (string item in setting.Items)
        {
            // Names of inputs may hold '=' themselves; values do not.
            int at = item.LastIndexOf('=');
            var pin = new Pin(item[..Math.Max(0, at)].Trim(), item[(at + 1)..].Trim());
            if (pin.Name.Length == 0 || pin.Value.Length == 0)
            {
                throw setting.Invalid("Write an input or a symbolic size, and its value: sr=16000;batch=1.");
            }

            if (pins.Exists(p => p.Name == pin.Name))
            {
                throw setting.Invalid($"It names '{pin.Name}' twice.");
            }

            pins.Add(pin);
        }

        return pins;
    }
}
