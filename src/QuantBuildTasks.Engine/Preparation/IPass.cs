using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation;

/// <summary>
/// A rewrite of the float model that keeps its results. Idempotent; changes nothing where it declines.
/// </summary>
internal interface IPass
{
    string Name { get; }

    /// <summary>How closely the results are kept; checked by <see cref="Preparer"/>.</summary>
    Fidelity Keeps { get; }

    /// <summary>Rewrites the model in place.</summary>
    /// <param name="model">The model; its nodes stand in an order in which they can run, before and after.</param>
    /// <param name="declines">Takes what looked like a match and was left alone.</param>
    /// <returns>Whether anything changed.</returns>
    bool Apply(OnnxModel model, ICollection<Decline> declines);
}

/// <summary>How closely a rewrite keeps the float32 results.</summary>
/// <param name="Tolerance">Largest difference of an element, as a share of the largest magnitude in its output tensor; 0 is bit for bit (NaN equals NaN).</param>
internal readonly record struct Fidelity(double Tolerance)
{
    /// <summary>The same operations on the same numbers.</summary>
    public static readonly Fidelity BitExact = new(0);

    /// <summary>
    /// The same operations on the same numbers, of which some are constant now: a kernel that knows a constant beforehand may add in another order.
    /// </summary>
    public static readonly Fidelity KernelOrder = new(1e-5);

    /// <summary>Products and sums in another order, or one rounding of a parameter from double to float32: some ulp of the largest term.</summary>
    public static readonly Fidelity Rounding = new(1e-4);
}

/// <summary>Something that a pass might have rewritten and did not.</summary>
/// <param name="Pass">The pass.</param>
/// <param name="Node">The node, by its display name.</param>
/// <param name="Reason">Why, as the end of a sentence: <c>another node reads the result before it</c>.</param>
internal sealed record Decline(string Pass, string Node, string Reason);
