using Microsoft.ML.OnnxRuntime;

namespace QuantBuildTasks.Runtime.Tests;

/// <summary>The variant for CUDA, on machines without: what appends the provider is replaced, so its sessions compute on the processor.</summary>
public sealed class CudaTests
{
    private static readonly ProcessorInfo Genoa = new("x64", ["avx2", "avx512-vnni"]);
    private int _appended;

    [Fact]
    public void A_session_without_options_uses_CUDA_where_it_starts()
    {
        QuantModel model = Embedded(Works()).Open();

        using InferenceSession session = model.CreateSession();

        Assert.Equal("cuda", model.Choose().Variant.Profile);
        Assert.Equal(31f, Run(session));
        Assert.Equal(2, _appended);
    }

    [Fact]
    public void Without_the_provider_the_processor_decides_and_the_reason_names_the_package()
    {
        QuantModel model = Embedded(new CudaProvider(() => ["CPUExecutionProvider"], _ => _appended++)).Open();

        using InferenceSession session = model.CreateSession();

        Assert.Equal(11f, Run(session));
        Assert.Equal(0, _appended);
        Assert.Contains("x64-vnni was chosen", model.Choose().Reason, StringComparison.Ordinal);
        Assert.Contains("Microsoft.ML.OnnxRuntime.Gpu", model.Choose().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_provider_that_does_not_start_is_tried_once_and_the_reason_has_what_ONNX_Runtime_says()
    {
        QuantModel model = Embedded(Fails(from: 1)).Open();

        using InferenceSession session = model.CreateSession();
        using InferenceSession second = model.CreateSession();

        Assert.Equal(11f, Run(session));
        Assert.Equal(1, _appended);
        Assert.Contains("cuda was passed over: ONNX Runtime could not start its CUDA provider here (", model.Choose().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variant_that_does_not_open_with_CUDA_gives_way_to_the_processors_and_Choose_tells_so()
    {
        // The probe is the first session, the variant the second.
        QuantModel model = Embedded(Fails(from: 2)).Open();
        Assert.Equal("cuda", model.Choose().Variant.Profile);

        using InferenceSession session = model.CreateSession();

        Assert.Equal(11f, Run(session));
        Assert.Equal("x64-vnni", model.Choose().Variant.Profile);
        Assert.Contains("cuda was passed over: ONNX Runtime could not open it (", model.Choose().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void With_options_of_the_caller_CUDA_is_opened_only_by_name_and_the_options_stay_as_they_are()
    {
        QuantModel model = Embedded(Works()).Open();
        using var options = new SessionOptions();

        using InferenceSession chosen = model.CreateSession(options);
        using InferenceSession named = model.CreateSession(options, "cuda");

        Assert.Equal(11f, Run(chosen));
        Assert.Equal(31f, Run(named));
        Assert.Equal(0, _appended);
        Assert.Equal("x64-vnni", model.Choose(ownOptions: true).Variant.Profile);
        Assert.Contains("ask for it by name", model.Choose(ownOptions: true).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void CUDA_that_is_asked_for_by_name_does_not_give_way(bool byEnvironment)
    {
        EmbeddedModel embedded = Embedded(Fails(from: 1));
        if (byEnvironment)
        {
            embedded.Environment["QUANT_VARIANT"] = "cuda";
        }

        Assert.Throws<OnnxRuntimeException>(() => embedded.Open().CreateSession(profile: byEnvironment ? null : "cuda"));
    }

    [Fact]
    public void A_model_without_a_variant_for_CUDA_does_not_ask_for_it()
    {
        EmbeddedModel embedded = new EmbeddedModel { Processor = Genoa, Cuda = Works() }.With("x64-vnni", TinyModels.Adding(10), "x64", "avx512-vnni");

        embedded.Open().CreateSession().Dispose();

        Assert.Equal(0, _appended);
    }

    [Fact]
    public void What_this_process_offers_can_be_asked_without_a_GPU()
    {
        string? objection = CudaProvider.Current.Objection;

        Assert.True(objection is null or { Length: > 20 }, objection);
    }

    private CudaProvider Works() => new(() => ["CUDAExecutionProvider", "CPUExecutionProvider"], _ => _appended++);

    private CudaProvider Fails(int from) => new(() => ["CUDAExecutionProvider"], options =>
    {
        if (++_appended >= from)
        {
            // An OnnxRuntimeException has no public constructor; ONNX Runtime throws one for a file that is none.
            new InferenceSession([1, 2, 3], options).Dispose();
        }
    });

    private static EmbeddedModel Embedded(CudaProvider cuda) => new EmbeddedModel { Processor = Genoa, Cuda = cuda }
        .With("cuda", TinyModels.Adding(30), "x64", "cuda")
        .With("x64-vnni", TinyModels.Adding(10), "x64", "avx512-vnni|avx-vnni");

    private static float Run(InferenceSession session)
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(new[] { 1f, 2f }, [2]);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(options, ["x"], [input], ["y"]);
        return outputs[0].GetTensorDataAsSpan<float>()[0];
    }
}
