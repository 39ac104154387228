namespace QuantBuildTasks.Engine.Tests.RandomGraphs;

/// <summary>A kind of step.</summary>
/// <param name="Name">What a failing program shows.</param>
/// <param name="Build">Adds its nodes and values, or nothing.</param>
/// <param name="HasBody">Whether it uses inner steps.</param>
internal sealed record StepKind(string Name, Action<GraphScope, Step> Build, bool HasBody = false);

/// <summary>All kinds of steps.</summary>
internal static class Steps
{
    public static readonly IReadOnlyList<StepKind> All =
    [
        .. LayerSteps.All,
        .. ElementwiseSteps.All,
        .. MovingSteps.All,
        .. ReducingSteps.All,
        .. ConstantSteps.All,
        .. BodySteps.All,
    ];
}
