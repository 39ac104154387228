using QuantBuildTasks.Conformance.Models;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Preparation.Upgrade;

namespace QuantBuildTasks.Engine.Tests.Preparation.Upgrade;

/// <summary>What every step of the upgrade must hold.</summary>
internal static class UpgradeCheck
{
    public const string File = "models/old.onnx";

    /// <summary>Upgrades a model that ONNX Runtime runs in its old form: the outputs stay.</summary>
    public static OnnxModel Same(ModelBuilder builder, long target = 21)
    {
        byte[] before = ModelWriter.Write(builder.Build());
        OnnxModel upgraded = Upgrade(builder, target);
        Assert.Null(ResultDifference.Between([.. PassCheck.Results(before)], [.. PassCheck.Results(ModelWriter.Write(upgraded))]));
        return upgraded;
    }

    /// <summary>Upgrades a model of a form that ONNX Runtime has no kernels for: the one output holds the given numbers.</summary>
    public static OnnxModel Gives(IEnumerable<float> expected, ModelBuilder builder, long target = 21)
    {
        OnnxModel upgraded = Upgrade(builder, target);
        Tensor actual = Assert.Single(PassCheck.Results(ModelWriter.Write(upgraded)));
        Assert.Null(ResultDifference.Between([Tensor.Of([.. expected], [.. actual.Dims])], [actual]));
        return upgraded;
    }

    /// <summary>Upgrades a copy, twice, which must give the same file; a third time changes nothing.</summary>
    public static OnnxModel Upgrade(ModelBuilder builder, long target = 21)
    {
        OnnxModel atOnce = builder.BuildAsFile();
        Assert.True(OpsetUpgrade.Run(atOnce, target, File));
        Assert.Equal(target, atOnce.Opset);

        OnnxModel again = builder.BuildAsFile();
        OpsetUpgrade.Run(again, target, File);
        Assert.Equal(ModelWriter.Write(atOnce), ModelWriter.Write(again));
        Assert.False(OpsetUpgrade.Run(again, target, File));
        return atOnce;
    }

    /// <summary>The text of the QBT1004 that the upgrade ends with.</summary>
    public static string Refusal(ModelBuilder builder, long target = 21)
    {
        QuantException thrown = Assert.Throws<QuantException>(() => OpsetUpgrade.Run(builder.Build(), target, File));
        Assert.Equal((Codes.ModelUnsupported, File), (thrown.Diagnostic.Code, thrown.Diagnostic.File));
        return thrown.Diagnostic.Text;
    }

    /// <summary>The numbers that <see cref="PassCheck.Results"/> feeds to a float32 input.</summary>
    public static float[] Fed(string input, params long[] dims) => ModelBuilder.Random(input, dims).Span<float>().ToArray();
}
