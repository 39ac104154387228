using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>Upsample and Resize, versions 7, 9, 10 and 11.</summary>
internal static class ResizeForms
{
    private static readonly NodeAttribute OldCoordinates = NodeAttribute.Of("coordinate_transformation_mode", "asymmetric");

    /// <summary>Version 7: version 1 names the scales of height and width, of images in NCHW.</summary>
    public static void ScalesOfUpsample(UpgradeSite at)
    {
        if (at.Floats("scales") is null)
        {
            float height = at.Float("height_scale") ?? throw at.Refuse("it has no height_scale");
            float width = at.Float("width_scale") ?? throw at.Refuse("it has no width_scale");
            at.Node.SetAttribute(NodeAttribute.Of("scales", 1f, 1f, height, width));
        }

        at.Drop("height_scale", "width_scale");
        if (at.Text("mode") == "bilinear")
        {
            at.Node.SetAttribute(NodeAttribute.Of("mode", "linear"));
        }
    }

    /// <summary>Upsample, version 9.</summary>
    public static void ScalesToInput(UpgradeSite at)
    {
        at.Node.SetInput(1, at.Constant(Tensor.Vector(at.Floats("scales") ?? throw at.Refuse("it has no scales")), "scales"));
        at.Drop("scales");
    }

    /// <summary>Version 10.</summary>
    public static void UpsampleToResize(UpgradeSite at) => at.Replace("Resize", [at.Input(), at.Input(1)], [.. at.Node.Attributes]);

    /// <summary>
    /// Resize, version 11: until then x = x′ / scale, without half pixels. What nearest does with a coordinate between two elements the old text leaves open;
    /// ONNX Runtime takes the lower one where a dimension grows and the upper one where it shrinks. The new form rounds all dimensions alike, so that a node which
    /// does both becomes two. Scales that are computed are taken to grow.
    /// </summary>
    public static void Asymmetric(UpgradeSite at)
    {
        Value roi = at.Constant(Tensor.Of(Array.Empty<float>(), 0), "roi");
        Value scales = at.Input(1);
        if (at.Text("mode") is null or "nearest")
        {
            float[] known = KnownForm.ConstantOf(scales) is { Type: ElementType.Float32 } constant ? constant.Span<float>().ToArray() : [];
            bool shrinks = known.Any(s => s < 1);
            if (shrinks && known.Any(s => s > 1))
            {
                Value growing = at.Constant(Tensor.Vector(Array.ConvertAll(known, s => Math.Max(s, 1))), "growing_scales");
                at.Node.SetInput(0, at.Before("Resize", "grown", [at.Input(), roi, growing], OldCoordinates, NodeAttribute.Of("nearest_mode", "floor")));
                scales = at.Constant(Tensor.Vector(Array.ConvertAll(known, s => Math.Min(s, 1))), "shrinking_scales");
            }

            at.Node.SetAttribute(NodeAttribute.Of("nearest_mode", shrinks ? "ceil" : "floor"));
        }

        at.Node.SetAttribute(OldCoordinates);
        at.Node.SetInput(2, scales);
        at.Node.SetInput(1, roi);
    }
}
