using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Recurrent;

/// <summary>
/// An LSTM that com.microsoft's DynamicQuantizeLSTM computes: int8 weights with zero point 0 and one scale for each gate's row of each direction,
/// and inputs and states whose ranges the kernel finds itself whenever it runs.
/// </summary>
/// <param name="Node">By <see cref="Node.DisplayName"/>.</param>
/// <param name="Input">Of W [directions, 4·hidden, input].</param>
/// <param name="Recurrence">Of R [directions, 4·hidden, hidden].</param>
internal sealed record RecurrentFormat(string Node, RowScales Input, RowScales Recurrence);

/// <summary>The scales of one weight of a recurrent layer.</summary>
/// <param name="Scales">One for each row, direction by direction.</param>
/// <param name="Type">In which type they are stored without a loss: float16 or float32.</param>
internal sealed record RowScales(IReadOnlyList<float> Scales, ElementType Type);
