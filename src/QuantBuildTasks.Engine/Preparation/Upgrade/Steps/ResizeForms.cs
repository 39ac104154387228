using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Upgrade.Steps;

/// <summary>Upsample and Resize, versions 7, 9, 10 and 11.</summary>
internal static class ResizeForms
{
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
    /// ONNX Runtime takes the lower one where a dimension grows and the upper one where it shrinks. Scales that are computed are taken to grow.
    /// </summary>
    public static void Asymmetric(UpgradeSite at)
    {
        Value scales = at.Input(1);
        if (at.Text("mode") is null or "nearest")
        {
            float[] known = KnownForm.ConstantOf(scales) is { Type: ElementType.Float32 } constant ? constant.Span<float>().ToArray() : [];
            bool shrinks = known.Any(s => s < 1);
            if (shrinks && known.Any(s => s > 1))
            {
                throw at.Refuse("it shrinks one dimension to the nearest element and grows another");
            }

            at.Node.SetAttribute(NodeAttribute.Of("nearest_mode", shrinks ? "ceil" : "floor"));
        }

        at.Node.SetAttribute(NodeAttribute.Of("coordinate_transformation_mode", "asymmetric"));
        at.Node.SetInput(2, scales);
        at.Node.SetInput(1, at.Constant(Tensor.Of(Array.Empty<float>(), 0), "roi"));
    }
}
