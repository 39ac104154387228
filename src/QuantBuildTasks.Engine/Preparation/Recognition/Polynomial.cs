using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Preparation.Recognition;

/// <summary>
/// A value as a polynomial of another one, whichever way Add, Sub, Mul, Div, Neg and Pow write it: x + 0.044715·x³ and x·(1 + 0.044715·x·x) are the same.
/// </summary>
internal static class Polynomial
{
    /// <summary>No formula that is looked for is nested deeper; every level may double the work.</summary>
    public const int Deepest = 8;

    private const int Degree = 3;

    /// <summary>The coefficients of 1, x, x², x³, or null where the value is no such polynomial with constant numbers. Nodes on the way become part of the chain.</summary>
    /// <param name="value">The value.</param>
    /// <param name="variable">x.</param>
    /// <param name="chain">Takes the nodes; of use only where the result is not null.</param>
    public static double[]? Of(Value value, Value variable, Chain chain) => Of(value, variable, chain, Deepest);

    /// <summary>Whether a polynomial has these coefficients and no others.</summary>
    public static bool Is(double[]? coefficients, params double[] expected) =>
        coefficients is not null && coefficients.Index().All(c => c.Index < expected.Length && expected[c.Index] != 0 ? Number.Is(c.Item, expected[c.Index]) : c.Item == 0);

    private static double[]? Of(Value? value, Value variable, Chain chain, int levels)
    {
        if (value == variable)
        {
            return [0, 1, 0, 0];
        }

        if (Number.Of(value) is { } number)
        {
            return [number, 0, 0, 0];
        }

        if (levels == 0 || value?.Producer is not { Domain: "" } node || node.Graph != chain.Last.Graph || node.OpType is not ("Add" or "Sub" or "Mul" or "Div" or "Neg" or "Pow")
            || Of(node.Input(0), variable, chain, levels - 1) is not { } left)
        {
            return null;
        }

        double[]? right = node.Is("Neg") ? [-1, 0, 0, 0] : Of(node.Input(1), variable, chain, levels - 1);
        if (right is null)
        {
            return null;
        }

        chain.Add(node);
        return node.OpType switch
        {
            "Add" => [.. left.Zip(right, (a, b) => a + b)],
            "Sub" => [.. left.Zip(right, (a, b) => a - b)],
            "Div" => IsNumber(right) && right[0] != 0 ? Array.ConvertAll(left, a => a / right[0]) : null,
            "Pow" => IsNumber(right) ? Power(left, right[0]) : null,
            _ => Product(left, right),
        };
    }

    private static bool IsNumber(double[] polynomial) => polynomial.Skip(1).All(c => c == 0);

    private static double[]? Power(double[] polynomial, double exponent) => exponent switch
    {
        2 => Product(polynomial, polynomial),
        3 => Product(polynomial, polynomial) is { } square ? Product(square, polynomial) : null,
        _ => null,
    };

    private static double[]? Product(double[] left, double[] right)
    {
        var product = new double[Degree + 1];
        for (int i = 0; i <= Degree; i++)
        {
            for (int j = 0; j <= Degree; j++)
            {
                double term = left[i] * right[j];
                if (term != 0 && i + j > Degree)
                {
                    return null;
                }

                if (term != 0)
                {
                    product[i + j] += term;
                }
            }
        }

        return product;
    }
}
