using QuantBuildTasks.Costs.Measuring;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Costs;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Costs.Models;

/// <summary>A whole model: what the table predicts and what the clock says, in ns.</summary>
/// <param name="Name">Of the model.</param>
/// <param name="Float32">The float model.</param>
/// <param name="Everything">Integers wherever there is a kernel.</param>
/// <param name="Chosen">Integers where the table finds them cheaper.</param>
/// <param name="IntegerShare">Of the multiply-adds of the chosen form.</param>
internal sealed record ModelRow(string Name, (double Predicted, double Measured) Float32, (double Predicted, double Measured) Everything, (double Predicted, double Measured) Chosen, double IntegerShare)
{
    public static ModelRow Measure(string name, OnnxModel model, HardwareProfile profile, string? table, PairedClock clock)
    {
        var forms = new Forms(model);
        QuantizationPlan everything = forms.Plan(profile with { Costs = null });
        QuantizationPlan chosen = forms.Plan(profile);
        double[] measured = clock.Measure(forms.Float, forms.Quantized(everything), forms.Quantized(chosen));
        CostModel costs = CostModel.Of(table is null ? profile : profile with { Costs = table }, forms.Float.Graph, new ValueSizes());
        return new ModelRow(
            name, (costs.Float32(forms.Float.Graph), measured[0]), (costs.Total(forms.Float.Graph, everything), measured[1]), (costs.Total(forms.Float.Graph, chosen), measured[2]), chosen.IntegerShare);
    }
}
