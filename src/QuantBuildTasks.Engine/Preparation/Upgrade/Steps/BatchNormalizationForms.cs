using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>BatchNormalization, versions 7, 9 and 14. Nodes that train are refused: what they give depends on the other samples of a batch.</summary>
internal static class BatchNormalizationForms
{
    private const float DefaultEpsilon = 1e-5f;

    /// <summary>Version 7.</summary>
    public static void WithoutIsTest(UpgradeSite at)
    {
        if (at.Int("is_test") is null or 0)
        {
            throw at.Refuse("it is in training mode (is_test=0)");
        }

        at.Drop("is_test");
    }

    /// <summary>
    /// Version 9. With <c>spatial=0</c> mean and variance have a number for each place of a sample, not for each channel:
    /// y = (x − mean) / √(variance + ε) · scale + bias, broadcast over the batch.
    /// </summary>
    public static void WithoutSpatial(UpgradeSite at)
    {
        bool spatial = at.Int("spatial") is null or not 0;
        at.Drop("spatial");
        if (spatial)
        {
            return;
        }

        DropTrainingOutputs(at);
        Value mean = at.Input(3);
        if (KnownForm.RankOf(mean) == 1 && KnownForm.RankOf(at.Input()) == 2)
        {
            return;
        }

        float epsilon = at.Float("epsilon") ?? DefaultEpsilon;
        Tensor number = KnownForm.TypeOf(mean) switch
        {
            ElementType.Float16 => Tensor.Scalar((Half)epsilon),
            ElementType.Float64 => Tensor.Scalar((double)epsilon),
            _ => Tensor.Scalar(epsilon),
        };
        Value variance = at.Before("Add", "variance", [at.Input(4), at.Constant(number, "epsilon")]);
        Value deviation = at.Before("Sqrt", "deviation", [variance]);
        Value centred = at.Before("Sub", "centred", [at.Input(), mean]);
        Value normal = at.Before("Div", "normal", [centred, deviation]);
        Value scaled = at.Before("Mul", "scaled", [normal, at.Input(1)]);
        at.Replace("Add", [scaled, at.Input(2)]);
    }

    /// <summary>Version 14.</summary>
    public static void WithoutTrainingOutputs(UpgradeSite at) => DropTrainingOutputs(at);

    private static void DropTrainingOutputs(UpgradeSite at)
    {
        for (int i = at.Node.Outputs.Count - 1; i > 0; i--)
        {
            Value? output = at.Node.Outputs[i];
            if (output is not null && (output.Uses.Count > 0 || output.IsGraphOutput))
            {
                throw at.Refuse("it is in training mode: something reads its running mean or variance");
            }

            at.Node.SetOutput(i, null);
            if (output is not null)
            {
                at.Node.Graph.Remove(output);
            }
        }
    }
}
