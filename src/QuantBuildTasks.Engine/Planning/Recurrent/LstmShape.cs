using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Planning.Recurrent;

/// <summary>The sizes of an LSTM with stored weights.</summary>
/// <param name="Directions">1 or 2.</param>
/// <param name="Input">Numbers of one time step that come in.</param>
/// <param name="Hidden">Numbers of its state.</param>
/// <param name="Steps">Time steps; null where a caller decides.</param>
/// <param name="Batch">Sequences that are computed together; null where a caller decides.</param>
internal readonly record struct LstmShape(int Directions, int Input, int Hidden, int? Steps, int? Batch)
{
    /// <summary>From W [directions, 4·hidden, input], R [directions, 4·hidden, hidden] and X [steps, batch, input]; null where they do not fit together.</summary>
    public static LstmShape? Of(Node node, Tensor weight, Tensor recurrence)
    {
        if (weight.Rank != 3 || recurrence.Rank != 3 || weight.Length == 0 || recurrence.Length == 0
            || weight.Dims[0] is not (1 or 2) || weight.Dims[0] != recurrence.Dims[0]
            || weight.Dims[1] != recurrence.Dims[1] || weight.Dims[1] != 4 * recurrence.Dims[2]
            || weight.Dims[0] != (node.StringAttribute("direction", "forward") == "bidirectional" ? 2 : 1)
            || node.IntAttribute("hidden_size", recurrence.Dims[2]) != recurrence.Dims[2])
        {
            return null;
        }

        Shape? given = node.Input(0)?.Shape is { Rank: 3 } shape ? shape : null;
        return new LstmShape((int)weight.Dims[0], (int)weight.Dims[2], (int)recurrence.Dims[2], (int?)given?[0].Value, (int?)given?[1].Value);
    }
}
