namespace QuantBuildTasks.Runtime;

/// <summary>Chooses among the variants of a model. Pure: the same variants, processor and request give the same choice.</summary>
internal static class VariantSelection
{
    /// <summary>
    /// The requested variant; else the first one that fits the processor; else the one of this architecture that asks for least, opened so that its results are right.
    /// </summary>
    /// <param name="model">Name of the model, for messages.</param>
    /// <param name="variants">In order of preference.</param>
    /// <param name="processor">The processor to choose for.</param>
    /// <param name="request">What the caller or the user asks for; null to choose by processor.</param>
    /// <exception cref="QuantModelException">There is no variant of that name, or none for the architecture.</exception>
    public static VariantChoice Choose(string model, IReadOnlyList<ModelVariant> variants, ProcessorInfo processor, VariantRequest? request)
    {
        if (request is not null)
        {
            ModelVariant asked = variants.FirstOrDefault(v => v.Profile == request.Profile) ?? throw NotThere(model, variants, request);
            return Open(asked, processor, $"{asked.Profile} was chosen because {request.Origin} asks for it.");
        }

        // A variant with an unknown feature (another execution provider's, say) is never chosen unasked.
        ModelVariant[] candidates = [.. variants.Where(v => v.Architecture == processor.Architecture && v.Features.All(ProcessorFeature.IsKnown))];
        if (candidates.FirstOrDefault(v => Fits(v, processor)) is { } fitting)
        {
            return Open(
                fitting,
                processor,
                fitting.Features.Count == 0
                    ? $"{fitting.Profile} was chosen because it runs on every {processor.Architecture} processor."
                    : $"{fitting.Profile} was chosen because the processor has {string.Join(" and ", fitting.Features.Where(processor.Has))}.");
        }

        ModelVariant fallback = candidates.LastOrDefault(v => !CountsOnVnni(v)) ?? candidates.LastOrDefault() ?? throw NoneFor(model, variants, processor);
        return Open(
            fallback,
            processor,
            processor.FeaturesKnown
                ? $"{fallback.Profile} was chosen although the processor has {Neither(fallback.Features)}, because no other variant fits better."
                : $"{fallback.Profile} was chosen because it is the variant for {processor.Architecture} that asks for least.");
    }

    private static string Neither(IReadOnlyList<string> features) =>
        features.Count == 1 ? $"no {features[0]}" : $"neither {string.Join(" nor ", features)}";

    private static VariantChoice Open(ModelVariant variant, ProcessorInfo processor, string reason)
    {
        // Of all kernels only those of x64 without VNNI saturate, and a variant that is made for them is built so that it cannot.
        bool safe = variant.Architecture == "x64" && !CountsOnVnni(variant);
        bool exact = processor.Architecture == "x64" && !safe && !processor.Features.Any(ProcessorFeature.IsVnni);
        string how = exact
            ? " Without VNNI instructions its fast kernels would saturate, so ONNX Runtime is set to exact ones: the results are right, the speed is lower. A variant built for such processors would bring the speed back."
            : "";
        return new VariantChoice(variant, $"{reason}{how} Processor: {processor}.", processor, exact);
    }

    private static bool Fits(ModelVariant variant, ProcessorInfo processor) => variant.Features.Count == 0 || variant.Features.Any(processor.Has);

    private static bool CountsOnVnni(ModelVariant variant) => variant.Features.Any(ProcessorFeature.IsVnni);

    private static QuantModelException NotThere(string model, IReadOnlyList<ModelVariant> variants, VariantRequest request) =>
        new(Codes.NoVariant, $"{request.Origin} asks for variant '{request.Profile}' of model '{model}', which has: {Names(variants)}.");

    private static QuantModelException NoneFor(string model, IReadOnlyList<ModelVariant> variants, ProcessorInfo processor) =>
        new(
            Codes.NoVariant,
            $"Model '{model}' has no variant for {processor.Architecture} processes; it has: {Names(variants)}. Add a profile for {processor.Architecture} to Profiles=\"…\" of its QuantModel item and rebuild, or run a process of another architecture.");

    private static string Names(IReadOnlyList<ModelVariant> variants) => string.Join(", ", variants.Select(v => v.Profile));
}
