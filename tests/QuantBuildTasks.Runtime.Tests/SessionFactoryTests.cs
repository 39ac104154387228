namespace QuantBuildTasks.Runtime.Tests;

public sealed class SessionFactoryTests
{
    [Fact]
    public void What_the_loader_throws_without_a_native_library_is_recognized()
    {
        Assert.True(SessionFactory.IsNativeMissing(new DllNotFoundException()));
        Assert.True(SessionFactory.IsNativeMissing(new BadImageFormatException()));
        Assert.True(SessionFactory.IsNativeMissing(new TypeInitializationException("Microsoft.ML.OnnxRuntime.NativeMethods", new DllNotFoundException())));
    }

    [Fact]
    public void Other_failures_are_not_taken_for_a_missing_library()
    {
        Assert.False(SessionFactory.IsNativeMissing(new InvalidOperationException()));
        Assert.False(SessionFactory.IsNativeMissing(new TypeInitializationException("App.Program", new InvalidOperationException())));
    }
}
