using QuantBuildTasks.Engine.Planning.Operators;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Tests.Planning;

public sealed class OperatorTableTests
{
    [Fact]
    public void Every_operator_that_a_built_in_profile_names_has_a_rule() =>
        Assert.All(BuiltInProfiles.All.Where(p => p.Format == NumberFormat.Integer8).SelectMany(p => p.Operators).Distinct(), o => Assert.True(OperatorTable.Knows(o), $"{o} has no rule"));
}
