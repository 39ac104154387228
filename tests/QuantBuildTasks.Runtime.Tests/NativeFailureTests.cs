namespace QuantBuildTasks.Runtime.Tests;

public sealed class NativeFailureTests
{
    [Fact]
    public void Without_a_native_library_the_message_says_which_package_to_add()
    {
        QuantModelException failure = Failure(AtStart(new DllNotFoundException("Unable to load shared library 'onnxruntime'")));

        Assert.Equal("QBT5003", failure.Code);
        Assert.Contains("could not be loaded. Add the package Microsoft.ML.OnnxRuntime or one of its flavours", failure.Message, StringComparison.Ordinal);
        Assert.Contains("DllNotFoundException", failure.Message, StringComparison.Ordinal);
        Assert.IsType<TypeInitializationException>(failure.InnerException);
    }

    [Fact]
    public void A_native_library_of_another_version_is_not_called_missing()
    {
        // An older library does not know the newer API that the managed part asks for.
        QuantModelException failure = Failure(AtStart(new InvalidOperationException("The native ONNX Runtime library does not support API version 31.")));

        Assert.Equal("QBT5003", failure.Code);
        Assert.Contains("was found, but is 1.31.1, and Microsoft.ML.OnnxRuntime.Managed is 1.31.1", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Add the package", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_versions_are_named()
    {
        Assert.Contains("is 1.20.0, and Microsoft.ML.OnnxRuntime.Managed is 1.31.1", NativeFailure.Describe(new EntryPointNotFoundException(), "1.31.1", () => "1.20.0"), StringComparison.Ordinal);
        Assert.Contains("is of an unknown version", NativeFailure.Describe(new EntryPointNotFoundException(), "1.31.1", () => null), StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_for_another_processor_is_named_as_such() =>
        Assert.Contains("is not made for", Failure(AtStart(new BadImageFormatException())).Message, StringComparison.Ordinal);

    [Fact]
    public void Nested_type_initializers_are_seen_through() =>
        Assert.Contains("Add the package", Failure(new TypeInitializationException("Microsoft.ML.OnnxRuntime.SessionOptions", AtStart(new DllNotFoundException()))).Message, StringComparison.Ordinal);

    [Fact]
    public void Other_failures_are_not_taken_for_the_loaders()
    {
        Assert.Null(NativeFailure.From(new InvalidOperationException()));
        Assert.Null(NativeFailure.From(new TypeInitializationException("App.Program", new InvalidOperationException())));
    }

    private static TypeInitializationException AtStart(Exception inner) => new("Microsoft.ML.OnnxRuntime.NativeMethods", inner);

    private static QuantModelException Failure(Exception exception) => NativeFailure.From(exception) ?? throw new InvalidOperationException("No failure was recognized.", exception);
}
