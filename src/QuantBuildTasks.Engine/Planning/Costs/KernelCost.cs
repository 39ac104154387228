namespace QuantBuildTasks.Engine.Planning.Costs;

/// <summary>Time of a kernel in ns, linear in what it has to do.</summary>
internal sealed record KernelCost
{
    /// <summary>ns for each call, whatever its size.</summary>
    public double Node { get; init; }

    /// <summary>ns for each multiply-add.</summary>
    public double MultiplyAdd { get; init; }

    /// <summary>ns for each element read.</summary>
    public double Input { get; init; }

    /// <summary>ns for each element written.</summary>
    public double Output { get; init; }

    /// <summary>ns for each place of the output and each point of the window there, whatever the channels.</summary>
    public double Place { get; init; }

    /// <summary>ns for each stored weight.</summary>
    public double Weight { get; init; }

    public double Of(KernelWork work) =>
        Node + (MultiplyAdd * work.MultiplyAdds) + (Input * work.Inputs) + (Output * work.Outputs) + (Place * work.Places) + (Weight * work.Weights);

    /// <summary>The cost of a kernel that needs so many times as long: for each call, for each multiply-add, and for each element.</summary>
    public KernelCost Times(double node, double multiplyAdd, double element) => new()
    {
        Node = Node * node,
        MultiplyAdd = MultiplyAdd * multiplyAdd,
        Input = Input * element,
        Output = Output * element,
        Place = Place * element,
        Weight = Weight * element,
    };

    /// <summary>The mean of each number.</summary>
    /// <param name="costs">Each with its weight; the weights add up to 1.</param>
    public static KernelCost Mean(IEnumerable<(KernelCost Cost, double Weight)> costs) => costs.Aggregate(new KernelCost(), (sum, c) => sum.Plus(c.Cost.Times(c.Weight, c.Weight, c.Weight)));

    private KernelCost Plus(KernelCost other) => new()
    {
        Node = Node + other.Node,
        MultiplyAdd = MultiplyAdd + other.MultiplyAdd,
        Input = Input + other.Input,
        Output = Output + other.Output,
        Place = Place + other.Place,
        Weight = Weight + other.Weight,
    };
}
