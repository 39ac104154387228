namespace QuantBuildTasks.Runtime;

/// <summary>A variant that is asked for by name instead of being chosen by processor.</summary>
internal sealed class VariantRequest(string profile, string origin)
{
    /// <summary>Name of the environment variable that asks for a variant of every model in the process.</summary>
    public const string EnvironmentVariable = "QUANT_VARIANT";

    public string Profile { get; } = profile;

    /// <summary>Who asks, for messages.</summary>
    public string Origin { get; } = origin;

    /// <summary>The caller's wish, else that of the environment, else null.</summary>
    public static VariantRequest? From(string? argument, Func<string, string?> environment)
    {
        if (argument is not null)
        {
            return new VariantRequest(argument, "the caller");
        }

        string? variable = environment(EnvironmentVariable)?.Trim();
        return variable is null or "" ? null : new VariantRequest(variable, "the environment variable " + EnvironmentVariable);
    }
}
