using Microsoft.ML.OnnxRuntime;

namespace QuantBuildTasks.Runtime.Tests;

public sealed class QuantModelTests
{
    private static readonly ProcessorInfo Haswell = new("x64", ["avx2"]);
    private static readonly ProcessorInfo Genoa = new("x64", ["avx2", "avx512-vnni"]);

    [Fact]
    public void A_session_runs_the_embedded_model()
    {
        QuantModel model = TwoVariants(Genoa).Open();

        using InferenceSession session = model.CreateSession();

        Assert.Equal([11f, 12f], Run(session, [1, 2], 2));
    }

    [Fact]
    public void The_variant_for_the_processor_is_the_one_that_is_opened()
    {
        using InferenceSession session = TwoVariants(Haswell).Open().CreateSession();

        Assert.Equal([21f, 22f], Run(session, [1, 2], 2));
    }

    [Fact]
    public void The_callers_options_are_used_and_stay_usable()
    {
        using var options = new SessionOptions { LogId = "mine", OptimizedModelFilePath = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()) };
        try
        {
            TwoVariants(Genoa).Open().CreateSession(options).Dispose();

            Assert.True(File.Exists(options.OptimizedModelFilePath));
            Assert.Equal("mine", options.LogId);
        }
        finally
        {
            File.Delete(options.OptimizedModelFilePath);
        }
    }

    [Fact]
    public void Without_VNNI_the_integer_product_does_not_saturate()
    {
        EmbeddedModel embedded = new EmbeddedModel { Processor = Haswell }.With("x64-vnni", TinyModels.Saturating(), "x64", "avx512-vnni|avx-vnni");

        using InferenceSession session = embedded.Open().CreateSession();

        // 32 products of 255 · 127.
        Assert.All(Run(session, [.. Enumerable.Repeat(255f, 32)], 1, 32), y => Assert.Equal(1_036_320f, y));
    }

    [Fact]
    public void Options_that_serve_twice_may_get_the_exact_entry_twice()
    {
        QuantModel model = new EmbeddedModel { Processor = Haswell }.With("x64-vnni", TinyModels.Saturating(), "x64", "avx512-vnni").Open();
        using var options = new SessionOptions();

        model.CreateSession(options).Dispose();
        using InferenceSession second = model.CreateSession(options);

        Assert.Equal(1_036_320f, Run(second, [.. Enumerable.Repeat(255f, 32)], 1, 32)[0]);
    }

    [Fact]
    public void The_argument_wins_over_the_environment_and_the_environment_over_the_processor()
    {
        EmbeddedModel embedded = TwoVariants(Genoa);
        embedded.Environment["QUANT_VARIANT"] = " x64-avx2 ";
        QuantModel model = embedded.Open();

        Assert.Equal("x64-avx2", model.Choose().Variant.Profile);
        Assert.Contains("QUANT_VARIANT", model.Choose().Reason, StringComparison.Ordinal);
        Assert.Equal("x64-vnni", model.Choose("x64-vnni").Variant.Profile);
        using InferenceSession session = model.CreateSession();
        Assert.Equal([21f, 22f], Run(session, [1, 2], 2));
    }

    [Fact]
    public void An_empty_environment_variable_asks_for_nothing()
    {
        EmbeddedModel embedded = TwoVariants(Genoa);
        embedded.Environment["QUANT_VARIANT"] = "";

        Assert.Equal("x64-vnni", embedded.Open().Choose().Variant.Profile);
    }

    [Fact]
    public void An_environment_variable_that_names_no_variant_is_QBT5004_and_lists_those_there_are()
    {
        EmbeddedModel embedded = TwoVariants(Genoa);
        embedded.Environment["QUANT_VARIANT"] = "avx2";

        var exception = Assert.Throws<QuantModelException>(() => embedded.Open().CreateSession());

        Assert.Equal("QBT5004", exception.Code);
        Assert.Contains("QUANT_VARIANT", exception.Message, StringComparison.Ordinal);
        Assert.Contains("x64-vnni, x64-avx2", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_byte_is_QBT5005()
    {
        EmbeddedModel embedded = TwoVariants(Genoa);
        embedded.Resources[EmbeddedModel.ResourceOf("x64-vnni")][^1] ^= 1;

        AssertCorrupt(embedded, "SHA-256");
    }

    [Fact]
    public void A_resource_that_is_too_short_is_QBT5005()
    {
        EmbeddedModel embedded = TwoVariants(Genoa);
        embedded.Resources[EmbeddedModel.ResourceOf("x64-vnni")] = [1, 2, 3];

        AssertCorrupt(embedded, "it has 3 bytes");
    }

    [Fact]
    public void A_missing_resource_is_QBT5005()
    {
        EmbeddedModel embedded = TwoVariants(Genoa);
        embedded.Resources.Remove(EmbeddedModel.ResourceOf("x64-vnni"));

        AssertCorrupt(embedded, "missing");
    }

    [Fact]
    public void A_damaged_variant_does_not_keep_the_others_from_opening()
    {
        EmbeddedModel embedded = TwoVariants(Genoa);
        embedded.Resources.Remove(EmbeddedModel.ResourceOf("x64-vnni"));

        using InferenceSession session = embedded.Open().CreateSession(profile: "x64-avx2");

        Assert.Equal([21f, 22f], Run(session, [1, 2], 2));
    }

    [Fact]
    public void An_assembly_without_the_model_is_QBT5005_at_first_use_and_not_before()
    {
        var model = new QuantModel(typeof(QuantModelTests).Assembly, "Absent");

        var exception = Assert.Throws<QuantModelException>(() => model.Variants);

        Assert.Equal("QBT5005", exception.Code);
        Assert.Contains("QuantBuildTasks.Runtime.Tests", exception.Message, StringComparison.Ordinal);
        Assert.Contains("QuantBuildTasks/Absent/index.tsv", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.31.1", "x64-avx2")]
    [InlineData("1.32.0", "x64-vnni")]
    [InlineData("1.32.0-dev", "x64-vnni")]
    [InlineData("of my own", "x64-vnni")]
    public void A_variant_for_a_newer_ONNX_Runtime_is_passed_over(string version, string expected)
    {
        EmbeddedModel embedded = new EmbeddedModel { Processor = Genoa, RuntimeVersion = version }
            .With("x64-vnni", TinyModels.Adding(10), "x64", "avx512-vnni\t1.32")
            .With("x64-avx2", TinyModels.Adding(20), "x64", "-");

        VariantChoice choice = embedded.Open().Choose();

        Assert.Equal(expected, choice.Variant.Profile);
        Assert.Equal(expected == "x64-avx2", choice.Reason.Contains("x64-vnni was passed over: it needs ONNX Runtime 1.32, and this one is 1.31.1.", StringComparison.Ordinal));
        Assert.Equal("x64-vnni", embedded.Open().Choose("x64-vnni").Variant.Profile);
    }

    [Fact]
    public void The_native_version_is_that_of_the_package() => Assert.Equal("1.31.1", NativeVersion.Read());

    [Fact]
    public void A_model_knows_its_name_and_source()
    {
        QuantModel model = TwoVariants(Genoa).Open();

        Assert.Equal("Tiny", model.Name);
        Assert.Equal("models/tiny.onnx", model.Source);
        Assert.Equal(["x64-vnni", "x64-avx2"], model.Variants.Select(v => v.Profile));
    }

    private static EmbeddedModel TwoVariants(ProcessorInfo processor) =>
        new EmbeddedModel { Processor = processor }
            .With("x64-vnni", TinyModels.Adding(10), "x64", "avx512-vnni|avx-vnni")
            .With("x64-avx2", TinyModels.Adding(20), "x64", "avx2");

    private static void AssertCorrupt(EmbeddedModel embedded, string expected)
    {
        var exception = Assert.Throws<QuantModelException>(() => embedded.Open().CreateSession());
        Assert.Equal("QBT5005", exception.Code);
        Assert.Contains("x64-vnni", exception.Message, StringComparison.Ordinal);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    private static float[] Run(InferenceSession session, float[] x, params long[] shape)
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(x, shape);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, ["x"], [input], ["y"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
