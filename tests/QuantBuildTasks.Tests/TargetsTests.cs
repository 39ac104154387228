using System.Xml.Linq;
using QuantBuildTasks.Tool.Requests.Settings;

namespace QuantBuildTasks.Tests;

public sealed class TargetsTests
{
    [Fact]
    public void Every_property_of_the_contract_is_one_that_can_be_meant()
    {
        XElement check = Targets().Descendants("CheckQuantNames").Single();

        Assert.Equal($"@(_QuantDefault->'Quant%(Identity)');Quant{SettingNames.Enabled}", check.Attribute("Properties")!.Value);
    }

    [Fact]
    public void Every_setting_that_the_worker_knows_is_passed_on_from_its_property()
    {
        Dictionary<string, string> passed = Targets().Descendants("_QuantDefault").Where(d => d.Attribute("Include") is not null)
            .ToDictionary(d => d.Attribute("Include")!.Value, d => d.Attribute("Value")!.Value);

        // The targets themselves decide about QuantEnabled.
        IEnumerable<string> known = SettingNames.Metadata.Concat(SettingNames.PlannedMetadata).Concat(SettingNames.Properties).Concat(SettingNames.PlannedProperties)
            .Where(name => name != SettingNames.Enabled);
        Assert.Equal(known.Order(StringComparer.Ordinal), passed.Keys.Order(StringComparer.Ordinal));
        Assert.All(passed, p => Assert.Equal($"$(Quant{p.Key})", p.Value));
    }

    private static XDocument Targets()
    {
        using Stream targets = typeof(TargetsTests).Assembly.GetManifestResourceStream("QuantBuildTasks.targets")!;
        return XDocument.Load(targets);
    }
}
