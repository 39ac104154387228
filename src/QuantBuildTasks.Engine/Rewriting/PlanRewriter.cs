using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Profiles;
using QuantBuildTasks.Engine.Rewriting.Float16;

namespace QuantBuildTasks.Engine.Rewriting;

/// <summary>Writes a plan into a model, in whatever form its number format takes.</summary>
internal static class PlanRewriter
{
    /// <summary>Rewrites in place.</summary>
    /// <param name="model">The prepared model that the plan was made for.</param>
    /// <param name="plan">Decisions by value and node name.</param>
    public static void Rewrite(OnnxModel model, QuantizationPlan plan)
    {
        var stored = new StoredWeightRewriter(model, plan.Stored);
        if (plan.Format == NumberFormat.Float16)
        {
            Float16Rewriter.Rewrite(model, plan);
        }
        else
        {
            QdqRewriter.Rewrite(model, plan);
            LstmRewriter.Rewrite(model, plan.Recurrent);
        }

        stored.Rewrite();
    }
}
