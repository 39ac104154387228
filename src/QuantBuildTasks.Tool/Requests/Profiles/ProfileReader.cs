using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Tool.Requests.Profiles;

/// <summary>
/// Turns the <c>QuantProfile</c> items of a project into hardware profiles: a built-in one, with what the metadata change. Whatever is wrong is QBT1024.
/// </summary>
internal static class ProfileReader
{
    /// <summary>The built-in profiles and the project's own; those with an error are left out.</summary>
    /// <param name="requested">In the order of the project.</param>
    /// <param name="findings">Gets what is wrong.</param>
    public static ProfileCatalog Read(IReadOnlyList<RequestedProfile> requested, ICollection<Diagnostic> findings)
    {
        var defined = new List<(HardwareProfile Profile, string BasedOn)>();
        foreach (RequestedProfile item in requested)
        {
            if (ProfileNames.Objection(item.Name) is { } objection)
            {
                findings.Add(Error(item.Name, $"QuantProfile \"{item.Name}\": {objection}"));
            }
            else if (defined.Exists(d => d.Profile.Name.Equals(item.Name, StringComparison.OrdinalIgnoreCase)))
            {
                findings.Add(Error(item.Name, "Two QuantProfile items have this name. Remove one of them."));
            }
            else if (Read(item, findings) is { } profile)
            {
                defined.Add(profile);
            }
        }

        return ProfileCatalog.With(defined);
    }

    private static (HardwareProfile Profile, string BasedOn)? Read(RequestedProfile item, ICollection<Diagnostic> findings)
    {
        var metadata = new ProfileMetadata(item);
        Diagnostic[] unknown = [.. metadata.Unknown];
        foreach (Diagnostic finding in unknown)
        {
            findings.Add(finding);
        }

        try
        {
            HardwareProfile basis = metadata.BasedOn();
            HardwareProfile profile = ProfileChanges.Apply(basis, metadata);
            foreach (Diagnostic finding in ProfileCheck.Of(profile))
            {
                findings.Add(finding);
            }

            return unknown.Length == 0 ? (profile, basis.Name) : null;
        }
        catch (QuantException e)
        {
            findings.Add(e.Diagnostic);
            return null;
        }
    }

    private static Diagnostic Error(string name, string text) => Diagnostic.Error(Codes.BadProfile, text) with { Profile = name.Length == 0 ? null : name };
}
