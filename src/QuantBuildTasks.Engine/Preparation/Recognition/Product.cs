using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Recognition;

/// <summary>A result as a product of values and a number, in whatever order Mul and Div by numbers form it.</summary>
/// <param name="Factor">All numbers multiplied.</param>
/// <param name="Values">What is not a number, in the order in which it is read.</param>
internal sealed record Product(double Factor, IReadOnlyList<Value> Values)
{
    /// <summary>More nodes than any pattern multiplies with: what a longer product begins with counts as one value, so that long chains cost no more than short ones.</summary>
    private const int Most = 8;

    /// <summary>The product that the chain's last node ends, or null where that is neither Mul nor Div by a number. What is read once on the way becomes part of the chain.</summary>
    public static Product? Of(Chain chain)
    {
        double factor = 1;
        int followed = 0;
        var values = new List<Value>();
        return Multiply(chain.Last) ? new Product(factor, values) : null;

        bool Multiply(Node node)
        {
            if (followed == Most)
            {
                return false;
            }

            if (node.Is("Div") && Number.Of(node.Input(1)) is { } divisor && divisor != 0 && node.Input(0) is { } dividend)
            {
                factor /= divisor;
                followed++;
                chain.Add(node);
                Follow(dividend);
                return true;
            }

            if (!node.Is("Mul") || node.Input(0) is not { } left || node.Input(1) is not { } right)
            {
                return false;
            }

            followed++;
            chain.Add(node);
            Follow(left);
            Follow(right);
            return true;
        }

        void Follow(Value value)
        {
            if (Number.Of(value) is { } number)
            {
                factor *= number;
            }
            else if (value is not { IsGraphOutput: false, Uses.Count: 1, Producer: { } producer } || producer.Graph != chain.Last.Graph || !Multiply(producer))
            {
                values.Add(value);
            }
        }
    }
}
