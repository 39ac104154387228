using Microsoft.Build.Logging.StructuredLogger;

namespace EndToEnd;

/// <summary>A finding of a build, as a logger sees it.</summary>
internal sealed record Finding(string Code, string File, string Text);

/// <summary>What a build did, from its binary log.</summary>
internal sealed record BuildOutcome(int ExitCode, string Output, IReadOnlyList<Finding> Errors, IReadOnlyList<Finding> Warnings, int WorkersStarted)
{
    public static BuildOutcome Read(int exitCode, string output, string log)
    {
        Build build = BinaryLog.ReadBuild(log);
        return new BuildOutcome(
            exitCode,
            output,
            [.. build.FindChildrenRecursive<Error>().Select(Finding).Distinct()],
            [.. build.FindChildrenRecursive<Warning>().Select(Finding).Distinct()],
            build.FindChildrenRecursive<Message>().Count(m => m.Text.StartsWith("The worker is started", StringComparison.Ordinal)));
    }

    /// <summary>This build, which must have succeeded.</summary>
    public BuildOutcome Succeeded()
    {
        Assert.True(ExitCode == 0, Output);
        return this;
    }

    /// <summary>The only error of a build that must have failed.</summary>
    public Finding FailedWith(string code)
    {
        Assert.NotEqual(0, ExitCode);
        Assert.True(Errors.Count == 1 && Errors[0].Code == code, Output);
        return Errors[0];
    }

    private static Finding Finding(AbstractDiagnostic diagnostic) => new(diagnostic.Code ?? "", diagnostic.File ?? "", diagnostic.Text ?? "");
}
