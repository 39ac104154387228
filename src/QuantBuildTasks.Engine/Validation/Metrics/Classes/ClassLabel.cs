using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Diagnostics;

namespace QuantBuildTasks.Engine.Validation.Metrics.Classes;

/// <summary>Labels that name a class.</summary>
internal static class ClassLabel
{
    /// <summary>The label as it is, if the output has such a class.</summary>
    /// <exception cref="QuantException">QBT1013: it has not.</exception>
    public static int Checked(long label, int classes, int sample, string? model, string hint = "") =>
        label >= 0 && label < classes ? (int)label : throw QuantException.Error(
            Codes.LabelsMismatch,
            $"Label {label} of sample {sample} is no class of the model, whose output has {classes} classes (0–{classes - 1}). Check the array '{DatasetBinder.LabelsName}'.{hint}",
            model);
}
