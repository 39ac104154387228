using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>Attributes that became inputs. What an attribute left to its default, the input leaves out.</summary>
internal static class MovedToInputs
{
    /// <summary>Reshape, version 5. A list without elements is the shape of a scalar.</summary>
    public static void Shape(UpgradeSite at)
    {
        at.Node.SetInput(1, at.Constant(Tensor.Vector(at.Ints("shape") ?? throw at.Refuse("it names no shape")), "shape"));
        at.Drop("shape", "consumed_inputs");
    }

    /// <summary>Slice, version 10.</summary>
    public static void Slice(UpgradeSite at)
    {
        at.MoveToInput("starts", 1);
        at.MoveToInput("ends", 2);
        at.MoveToInput("axes", 3);
        if (at.Node.Input(1) is null || at.Node.Input(2) is null)
        {
            throw at.Refuse("it lacks starts or ends");
        }
    }

    /// <summary>TopK, version 10: a vector of one number.</summary>
    public static void TopK(UpgradeSite at)
    {
        at.Node.SetInput(1, at.Constant(Tensor.Vector(at.Int("k") ?? throw at.Refuse("it names no k")), "k"));
        at.Drop("k");
    }

    /// <summary>Squeeze, Unsqueeze and ReduceSum, version 13; the other reductions, version 18.</summary>
    public static void Axes(UpgradeSite at) => at.MoveToInput("axes", 1);

    /// <summary>Clip, version 11. The old defaults are the ends of float32, which are no limits.</summary>
    public static void ClipLimits(UpgradeSite at)
    {
        MoveNumber(at, "min", 1);
        MoveNumber(at, "max", 2);
    }

    /// <summary>Pad, version 11.</summary>
    public static void Pad(UpgradeSite at)
    {
        at.MoveToInput("pads", 1);
        if (at.Node.Input(1) is null)
        {
            // Nothing to pad: the operator wants the input all the same, with a begin and an end for each of no dimensions.
            throw at.Refuse("it names no pads");
        }

        MoveNumber(at, "value", 2);
    }

    /// <summary>DFT, version 20: the default counts from the end now.</summary>
    public static void DftAxis(UpgradeSite at)
    {
        at.Node.SetInput(2, at.Constant(Tensor.Scalar(at.Int("axis") ?? 1), "axis"));
        at.Drop("axis");
    }

    /// <summary>A number becomes a scalar of the first input's type; where that is unknown it is float32, as nearly everywhere.</summary>
    private static void MoveNumber(UpgradeSite at, string attribute, int index)
    {
        if (at.Float(attribute) is { } number)
        {
            Tensor scalar = KnownForm.TypeOf(at.Input()) switch
            {
                ElementType.Float16 => Tensor.Scalar((Half)number),
                ElementType.Float64 => Tensor.Scalar((double)number),
                _ => Tensor.Scalar(number),
            };
            at.Node.SetInput(index, at.Constant(scalar, attribute));
        }

        at.Drop(attribute);
    }
}
