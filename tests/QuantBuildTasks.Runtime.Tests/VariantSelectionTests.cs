namespace QuantBuildTasks.Runtime.Tests;

public sealed class VariantSelectionTests
{
    private static readonly ModelVariant Vnni = Variant("x64-vnni", "x64", "avx512-vnni", "avx-vnni");
    private static readonly ModelVariant Avx2 = Variant("x64-avx2", "x64", "avx2");
    private static readonly ModelVariant Arm64 = Variant("arm64", "arm64");
    private static readonly ModelVariant Cuda = Variant("cuda", "x64", "cuda");
    private static readonly ProcessorInfo Haswell = new("x64", ["avx2"]);
    private static readonly ProcessorInfo Genoa = new("x64", ["avx2", "avx512-vnni"]);
    private static readonly ProcessorInfo AlderLake = new("x64", ["avx2", "avx-vnni"]);
    private static readonly ProcessorInfo NetFramework = new("x64", null);

    [Fact]
    public void The_first_variant_that_fits_is_chosen()
    {
        Assert.Same(Vnni, Choose([Vnni, Avx2, Arm64], Genoa).Variant);
        Assert.Same(Vnni, Choose([Vnni, Avx2, Arm64], AlderLake).Variant);
        Assert.Same(Avx2, Choose([Vnni, Avx2, Arm64], Haswell).Variant);
        Assert.Same(Arm64, Choose([Vnni, Avx2, Arm64], new ProcessorInfo("arm64", ["dotprod"])).Variant);
    }

    [Fact]
    public void Order_in_the_index_decides_between_two_that_fit() => Assert.Same(Avx2, Choose([Avx2, Vnni], Genoa).Variant);

    [Fact]
    public void The_reason_names_the_variant_the_feature_that_decided_and_what_the_processor_has()
    {
        Assert.Equal("x64-vnni was chosen because the processor has avx512-vnni. Processor: x64 with avx2, avx512-vnni.", Choose([Vnni, Avx2], Genoa).Reason);
        Assert.Equal(
            "arm64 was chosen because it runs on every arm64 processor. Processor: arm64 with none of the features that matter here.",
            Choose([Arm64], new ProcessorInfo("arm64", [])).Reason);
    }

    [Fact]
    public void A_variant_that_fits_runs_with_the_fast_kernels()
    {
        Assert.False(Choose([Vnni], Genoa).ExactArithmetic);
        Assert.False(Choose([Avx2], Haswell).ExactArithmetic);
        Assert.False(Choose([Arm64], new ProcessorInfo("arm64", [])).ExactArithmetic);
    }

    [Fact]
    public void Without_VNNI_a_variant_that_counts_on_it_runs_with_exact_kernels_and_says_so()
    {
        VariantChoice choice = Choose([Vnni], Haswell);

        Assert.Same(Vnni, choice.Variant);
        Assert.True(choice.ExactArithmetic);
        Assert.StartsWith("x64-vnni was chosen although the processor has neither avx512-vnni nor avx-vnni, because", choice.Reason, StringComparison.Ordinal);
        Assert.Contains("exact", choice.Reason, StringComparison.Ordinal);
        Assert.Contains("x64 with avx2", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_processor_of_unknown_features_gets_the_variant_that_asks_for_least()
    {
        VariantChoice choice = Choose([Vnni, Avx2], NetFramework);

        Assert.Same(Avx2, choice.Variant);
        Assert.False(choice.ExactArithmetic);
        Assert.Contains("not detectable", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_VNNI_a_variant_that_exact_kernels_do_not_reach_is_not_opened_and_the_reason_says_why()
    {
        ModelVariant alone = Variant("x64-vnni", "x64", "avx512-vnni", "avx-vnni", "vnni-alone");

        Assert.True(alone.NeedsVnni);
        Assert.Equal(["avx512-vnni", "avx-vnni"], alone.Features);
        Assert.Same(alone, Choose([alone, Avx2], Genoa).Variant);
        VariantChoice other = Choose([alone, Avx2], new ProcessorInfo("x64", []));
        Assert.Same(Avx2, other.Variant);
        Assert.Contains("x64-vnni was passed over: the processor has no VNNI, without which its results would be wrong", other.Reason, StringComparison.Ordinal);
        QuantModelException unasked = Assert.Throws<QuantModelException>(() => Choose([alone], Haswell));
        QuantModelException asked = Assert.Throws<QuantModelException>(() => Choose([alone, Avx2], Haswell, "x64-vnni"));
        Assert.All([unasked, asked], e => Assert.Equal("QBT5004", e.Code));
        Assert.All([unasked, asked], e => Assert.Contains("the processor has no VNNI", e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_processor_of_unknown_features_runs_a_VNNI_variant_exactly() => Assert.True(Choose([Vnni], NetFramework).ExactArithmetic);

    [Fact]
    public void A_processor_without_any_feature_gets_the_variant_that_asks_for_least()
    {
        VariantChoice choice = Choose([Vnni, Avx2], new ProcessorInfo("x64", []));

        Assert.Same(Avx2, choice.Variant);
        Assert.StartsWith("x64-avx2 was chosen although the processor has no avx2, because", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variant_for_an_execution_provider_is_chosen_where_nothing_speaks_against_it()
    {
        VariantChoice choice = Choose([Cuda, Avx2], Haswell, objection: null);

        Assert.Same(Cuda, choice.Variant);
        Assert.False(choice.ExactArithmetic);
        Assert.Equal("cuda was chosen because ONNX Runtime can use an NVIDIA processor here. Processor: x64 with avx2.", choice.Reason);
    }

    [Fact]
    public void A_variant_whose_execution_provider_does_not_start_is_passed_over_and_the_reason_says_why()
    {
        VariantChoice choice = Choose([Cuda, Vnni, Avx2], Genoa, objection: "there is no driver");

        Assert.Same(Vnni, choice.Variant);
        Assert.Equal(
            "x64-vnni was chosen because the processor has avx512-vnni. cuda was passed over: there is no driver. Processor: x64 with avx2, avx512-vnni.",
            choice.Reason);
    }

    [Fact]
    public void A_variant_for_an_execution_provider_is_no_fallback()
    {
        Assert.Same(Avx2, Choose([Cuda, Avx2], new ProcessorInfo("x64", [])).Variant);
        var exception = Assert.Throws<QuantModelException>(() => Choose([Cuda], Haswell, objection: "there is no driver"));
        Assert.Contains("there is no driver", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variant_for_an_execution_provider_can_be_asked_for_by_name() => Assert.Same(Cuda, Choose([Avx2, Cuda], Haswell, "cuda").Variant);

    [Fact]
    public void A_variant_with_a_feature_that_cannot_be_found_out_is_opened_only_when_asked_for()
    {
        ModelVariant special = Variant("special", "x64", "amx");

        Assert.Same(Avx2, Choose([special, Avx2], Genoa).Variant);
        Assert.Same(special, Choose([special, Avx2], Genoa, "special").Variant);
    }

    [Fact]
    public void The_provider_is_no_processor_feature()
    {
        Assert.Equal("cuda", Cuda.ExecutionProvider);
        Assert.Empty(Cuda.Features);
        Assert.Equal("cpu", Avx2.ExecutionProvider);
    }

    [Fact]
    public void No_variant_for_the_architecture_is_QBT5004_and_says_what_to_add()
    {
        var exception = Assert.Throws<QuantModelException>(() => Choose([Vnni, Avx2], new ProcessorInfo("arm64", ["dotprod"])));

        Assert.Equal("QBT5004", exception.Code);
        Assert.Contains("no variant that arm64 processes can use", exception.Message, StringComparison.Ordinal);
        Assert.Contains("x64-vnni, x64-avx2", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Profiles=", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_requested_variant_wins_over_the_processor()
    {
        VariantChoice choice = Choose([Vnni, Avx2], Genoa, "x64-avx2");

        Assert.Same(Avx2, choice.Variant);
        Assert.StartsWith("x64-avx2 was chosen because the caller asks for it.", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_requested_variant_still_gives_right_results()
    {
        Assert.True(Choose([Vnni, Avx2], Haswell, "x64-vnni").ExactArithmetic);
        Assert.True(Choose([Arm64, Avx2], Haswell, "arm64").ExactArithmetic);
        Assert.False(Choose([Arm64, Avx2], Genoa, "arm64").ExactArithmetic);
    }

    [Fact]
    public void A_requested_variant_that_does_not_exist_is_QBT5004_and_lists_those_that_do()
    {
        var exception = Assert.Throws<QuantModelException>(() => Choose([Vnni, Avx2], Genoa, "x64-vni"));

        Assert.Equal("QBT5004", exception.Code);
        Assert.Contains("'x64-vni'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("x64-vnni, x64-avx2", exception.Message, StringComparison.Ordinal);
    }

    private static VariantChoice Choose(ModelVariant[] variants, ProcessorInfo processor, string? profile = null, string? objection = "it was not tried") =>
        VariantSelection.Choose("Tiny", variants, processor, VariantRequest.From(profile, _ => null), v => v.ExecutionProvider == "cpu" ? null : objection);

    private static ModelVariant Variant(string profile, string architecture, params string[] features) =>
        new(profile, profile + ".onnx", new string('0', 64), 1, architecture, features);
}
