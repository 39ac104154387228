using QuantBuildTasks.Conformance.Steps;

namespace QuantBuildTasks.Engine.Tests.Conformance;

public sealed class ReasonsTests
{
    [Theory]
    [InlineData("[ErrorCode:NotImplemented] Could not find an implementation for Add(6) node with name 'a/b'", "Could not find an implementation for Add(6).")]
    [InlineData("[ErrorCode:Fail] Exception during initialization: /src/core/cpu/gru.h:56 onnxruntime::Gru::Gru(const onnxruntime::OpKernelInfo&) layout_ == 0 was false.", "Exception during initialization: layout_ == 0 was false.")]
    [InlineData("[ErrorCode:Fail] Exception during initialization: /src/rnn.h:48 onnxruntime::RNN<T>::RNN(const onnxruntime::OpKernelInfo&) [with T = float] layout_ == 0 was false.", "Exception during initialization: layout_ == 0 was false.")]
    [InlineData("The model's input 'x' is no tensor, and 'y' is one.\nMore.", "The model's input '…' is no tensor, and '…' is one.")]
    public void Models_with_the_same_trouble_have_the_same_reason(string message, string reason) => Assert.Equal(reason, Reasons.Of(message));
}
