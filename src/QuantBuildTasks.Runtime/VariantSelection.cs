namespace QuantBuildTasks.Runtime;

/// <summary>Chooses among the variants of a model. Pure: the same variants, processor and request give the same choice.</summary>
internal static class VariantSelection
{
    /// <summary>
    /// The requested variant; else the first one that fits the processor and that nothing speaks against; else the one of this architecture that asks for
    /// least, opened so that its results are right.
    /// </summary>
    /// <param name="model">Name of the model, for messages.</param>
    /// <param name="variants">In order of preference.</param>
    /// <param name="processor">The processor to choose for.</param>
    /// <param name="request">What the caller or the user asks for; null to choose by processor.</param>
    /// <param name="objection">Why a variant that fits the processor is not opened unasked (its execution provider does not start, say); null where it is.</param>
    /// <exception cref="QuantModelException">There is no variant of that name, or none for the architecture.</exception>
    public static VariantChoice Choose(
        string model, IReadOnlyList<ModelVariant> variants, ProcessorInfo processor, VariantRequest? request, Func<ModelVariant, string?> objection)
    {
        bool hasVnni = processor.Features.Any(ProcessorFeature.IsVnni);
        if (request is not null)
        {
            ModelVariant asked = variants.FirstOrDefault(v => v.Profile == request.Profile) ?? throw NotThere(model, variants, request);
            if (IsOutOfReach(asked))
            {
                throw new QuantModelException(Codes.NoVariant, $"{request.Origin} asks for variant '{request.Profile}' of model '{model}', but {Objection(asked)}. Processor: {processor}.");
            }

            return Open(asked, processor, $"{asked.Profile} was chosen because {request.Origin} asks for it.");
        }

        // A variant with an unknown feature is never chosen unasked.
        ModelVariant[] candidates = [.. variants.Where(v => v.Architecture == processor.Architecture && v.Features.All(ProcessorFeature.IsKnown))];
        string passedOver = "";
        foreach (ModelVariant fitting in candidates.Where(v => Fits(v, processor)))
        {
            if (Objection(fitting) is { } why)
            {
                passedOver += $" {fitting.Profile} was passed over: {why}.";
                continue;
            }

            return Open(fitting, processor, $"{fitting.Profile} was chosen because {Because(fitting, processor)}.{passedOver}");
        }

        passedOver += string.Concat(candidates.Where(IsOutOfReach).Select(v => $" {v.Profile} was passed over: {Objection(v)}."));
        ModelVariant[] onProcessor = [.. candidates.Where(v => v.ExecutionProvider == "cpu" && Objection(v) is null)];
        ModelVariant fallback = onProcessor.LastOrDefault(v => !CountsOnVnni(v)) ?? onProcessor.LastOrDefault() ?? throw NoneFor(model, variants, processor, passedOver);
        return Open(
            fallback,
            processor,
            (processor.FeaturesKnown
                ? $"{fallback.Profile} was chosen although the processor has {Neither(fallback.Features)}, because no other variant fits better."
                : $"{fallback.Profile} was chosen because it is the variant for {processor.Architecture} that asks for least.") + passedOver);

        bool IsOutOfReach(ModelVariant variant) => variant.NeedsVnni && processor.Architecture == "x64" && !hasVnni;

        string? Objection(ModelVariant variant) =>
            IsOutOfReach(variant) ? "the processor has no VNNI, without which its results would be wrong: its layers read weights in a way that keeps ONNX Runtime from its exact kernels" : objection(variant);
    }

    private static string Because(ModelVariant variant, ProcessorInfo processor) =>
        variant.ExecutionProvider != "cpu" ? "ONNX Runtime can use an NVIDIA processor here"
        : variant.Features.Count == 0 ? $"it runs on every {processor.Architecture} processor"
        : $"the processor has {string.Join(" and ", variant.Features.Where(processor.Has))}";

    private static string Neither(IReadOnlyList<string> features) =>
        features.Count == 1 ? $"no {features[0]}" : $"neither {string.Join(" nor ", features)}";

    private static VariantChoice Open(ModelVariant variant, ProcessorInfo processor, string reason)
    {
        // Of all kernels only those of x64 without VNNI saturate, and a variant that is made for them is built so that it cannot.
        bool safe = variant.ExecutionProvider != "cpu" || (variant.Architecture == "x64" && !CountsOnVnni(variant));
        bool exact = processor.Architecture == "x64" && !safe && !processor.Features.Any(ProcessorFeature.IsVnni);
        string how = exact
            ? " Without VNNI instructions its fast kernels would saturate, so ONNX Runtime is set to exact ones: the results are right, the speed is lower. A variant built for such processors would bring the speed back."
            : "";
        return new VariantChoice(variant, $"{reason}{how} Processor: {processor}.", processor, exact);
    }

    private static bool Fits(ModelVariant variant, ProcessorInfo processor) => variant.Features.Count == 0 || variant.Features.Any(processor.Has);

    private static bool CountsOnVnni(ModelVariant variant) => variant.Features.Count > 0 && variant.Features.All(ProcessorFeature.IsVnni);

    private static QuantModelException NotThere(string model, IReadOnlyList<ModelVariant> variants, VariantRequest request) =>
        new(Codes.NoVariant, $"{request.Origin} asks for variant '{request.Profile}' of model '{model}', which has: {Names(variants)}.");

    private static QuantModelException NoneFor(string model, IReadOnlyList<ModelVariant> variants, ProcessorInfo processor, string passedOver) =>
        new(
            Codes.NoVariant,
            $"Model '{model}' has no variant that {processor.Architecture} processes can use; it has: {Names(variants)}.{passedOver} Add a profile for {processor.Architecture} to Profiles=\"…\" of its QuantModel item and rebuild, or run a process of another architecture.");

    private static string Names(IReadOnlyList<ModelVariant> variants) => string.Join(", ", variants.Select(v => v.Profile));
}
