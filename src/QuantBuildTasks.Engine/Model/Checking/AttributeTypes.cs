using System.Collections.Frozen;

namespace QuantBuildTasks.Engine.Model.Checking;

/// <summary>
/// What attributes of ONNX's own operators hold. Through all operators and versions of the set a name has one type (ONNX, Operators.md and
/// Changelog.md); the few that have two (<c>value</c> is a tensor in Constant and a number in Pad) are left out, and ONNX Runtime judges them.
/// </summary>
internal static class AttributeTypes
{
    private static readonly FrozenDictionary<string, AttributeKind> Kinds = Table().ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The type that an attribute of a node of ONNX's own set must have, or null where any may stand.</summary>
    public static AttributeKind? Of(string attribute) => Kinds.TryGetValue(attribute, out AttributeKind kind) ? kind : null;

    private static IEnumerable<KeyValuePair<string, AttributeKind>> Table() =>
    [
        .. Each(
            AttributeKind.Int,
            "allowzero axis batch_axis batch_dims blocksize block_size broadcast ceil_mode count_include_pad dtype exclude_outside exclusive fmod group hidden_size ignore_index "
            + "input_forget keepdims k largest layout linear_before_reset new_axis noop_with_empty_axes num_groups num_outputs num_scan_inputs output_dtype reverse sampling_ratio "
            + "saturate select_last_index sorted spatial storage_order time_axis to training_mode transA transB upper"),
        .. Each(
            AttributeKind.Ints,
            "axes consumed_inputs dilations directions ends kernel_shape output_padding output_shape pads paddings perm pooled_shape repeats scan_input_axes scan_input_directions "
            + "scan_output_axes scan_output_directions split starts strides tile value_ints"),
        .. Each(AttributeKind.Float, "alpha beta bias clip cubic_coeff_a epsilon extrapolation_value gamma lambd max min momentum norm_coefficient ratio softcap spatial_scale value_float"),
        .. Each(AttributeKind.Floats, "activation_alpha activation_beta scales value_floats"),
        .. Each(AttributeKind.String, "approximate auto_pad coordinate_transformation_mode direction equation keep_aspect_ratio_policy mode nearest_mode padding_mode reduction value_string"),
        .. Each(AttributeKind.Strings, "activations value_strings"),
        .. Each(AttributeKind.Graph, "body else_branch then_branch"),
        .. Each(AttributeKind.SparseTensor, "sparse_value"),
    ];

    private static IEnumerable<KeyValuePair<string, AttributeKind>> Each(AttributeKind kind, string names) =>
        names.Split(' ').Select(name => KeyValuePair.Create(name, kind));
}
