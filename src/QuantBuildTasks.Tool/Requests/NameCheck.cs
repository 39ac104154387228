using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Tool.Requests.Settings;

namespace QuantBuildTasks.Tool.Requests;

/// <summary>Finds names of settings that do not exist or do nothing yet: none is ever ignored.</summary>
internal static class NameCheck
{
    public static IEnumerable<Diagnostic> Metadata(RequestedModel model)
    {
        foreach (string name in model.Metadata.Where(m => m.Value.Trim().Length > 0).Select(m => m.Key))
        {
            if (Holds(SettingNames.PlannedMetadata, name))
            {
                yield return NotYet(name, model.Include);
            }
            else if (!Holds(SettingNames.Metadata, name))
            {
                string didYouMean = Suggestion.For(name, SettingNames.Metadata.Concat(SettingNames.PlannedMetadata));
                yield return Diagnostic.Error(
                    Codes.UnknownMetadata, $"QuantModel has no metadata '{name}'.{didYouMean} Known: {string.Join(", ", SettingNames.Metadata)}.", model.Include);
            }
        }
    }

    public static IEnumerable<Diagnostic> Properties(WorkerRequest request)
    {
        foreach (string name in request.Properties.Where(p => p.Value.Trim().Length > 0).Select(p => p.Key))
        {
            if (Holds(SettingNames.PlannedProperties, name) || Holds(SettingNames.PlannedMetadata, name))
            {
                yield return NotYet("Quant" + name, null);
            }
            else if (!Holds(SettingNames.Properties, name) && !Holds(SettingNames.Metadata, name))
            {
                IEnumerable<string> known = SettingNames.Properties.Concat(SettingNames.Metadata).Concat(SettingNames.PlannedProperties).Select(n => "Quant" + n);
                yield return Diagnostic.Error(
                    Codes.UnknownMetadata, $"There is no property 'Quant{name}'.{Suggestion.For("Quant" + name, known)}");
            }
        }
    }

    private static Diagnostic NotYet(string name, string? file) =>
        Diagnostic.Error(Codes.NotImplementedYet, $"{name} is not implemented in this version. Remove it.", file);

    private static bool Holds(IEnumerable<string> names, string name) => names.Contains(name, StringComparer.OrdinalIgnoreCase);
}
