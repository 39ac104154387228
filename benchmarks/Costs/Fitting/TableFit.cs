using QuantBuildTasks.Engine.Planning.Costs;

namespace QuantBuildTasks.Costs.Fitting;

/// <summary>Finds the table whose costs explain measured chains with the least relative error.</summary>
internal sealed class TableFit
{
    /// <summary>The relative error from which on a chain counts less and less.</summary>
    private const double UsualError = 0.15;

    private readonly List<Coefficient> _coefficients = [];
    private readonly Dictionary<Coefficient, int> _columns = [];

    /// <summary>Fits.</summary>
    public static CostTable Of(IReadOnlyList<Sample> samples, string name, string method)
    {
        var fit = new TableFit();
        foreach (WorkItem item in samples.SelectMany(s => s.Work).Select(w => w.Item))
        {
            foreach ((Coefficient coefficient, _) in Features(item))
            {
                if (fit._columns.TryAdd(coefficient, fit._coefficients.Count))
                {
                    fit._coefficients.Add(coefficient);
                }
            }
        }

        double[] solution = fit.Solve(samples);
        return new CostTable
        {
            Name = name,
            Method = method,
            IsMeasured = true,
            Float32 = fit.Kinds(solution, WorkForm.Float32),
            Int8 = fit.Kinds(solution, WorkForm.Int8),
            Quantize = fit.Conversion(solution, WorkForm.QuantizeImage, WorkForm.QuantizeFlat),
            Dequantize = fit.Conversion(solution, WorkForm.QuantizeImage, WorkForm.QuantizeFlat),
        };
    }

    private static IEnumerable<(Coefficient Coefficient, double Amount)> Features(WorkItem item)
    {
        if (item.Form is WorkForm.DequantizeImage or WorkForm.DequantizeFlat)
        {
            // A link that ends as it began converts both ways: what is measured is the sum, and each gets half.
            item = item with { Form = item.Form == WorkForm.DequantizeImage ? WorkForm.QuantizeImage : WorkForm.QuantizeFlat };
        }

        KernelWork work = item.Work;
        yield return (new Coefficient(item.Form, work.Kind, Part.Node), 1);
        if (work.MultiplyAdds > 0)
        {
            yield return (new Coefficient(item.Form, work.Kind, Part.MultiplyAdd), work.MultiplyAdds);
        }

        if (work.MultiplyAdds > 0 || work.Kind == KernelKind.GlobalAveragePool)
        {
            yield return (new Coefficient(item.Form, work.Kind, Part.Input), work.Inputs);
        }

        if (work.Kind is not (KernelKind.View or KernelKind.GlobalAveragePool) || item.Form > WorkForm.Int8)
        {
            yield return (new Coefficient(item.Form, work.Kind, Part.Output), work.Outputs);
        }

        if (work.Places > 0 && work.Kind != KernelKind.Binary)
        {
            yield return (new Coefficient(item.Form, work.Kind, Part.Place), work.Places);
        }

        if (work.Weights > 0)
        {
            yield return (new Coefficient(item.Form, work.Kind, Part.Weight), work.Weights);
        }
    }

    /// <summary>Reweighted, so that a chain that was disturbed, or fits no line, does not bend those of all others (Cauchy's weights; Holland and Welsch 1977).</summary>
    private double[] Solve(IReadOnlyList<Sample> samples)
    {
        double[][] rows = [.. samples.Select(Row)];
        double[] weights = [.. samples.Select(_ => 1.0)];
        double[] solution = [];
        for (int round = 0; round < 10; round++)
        {
            solution = NonNegativeFit.Solve([.. rows.Zip(weights, (r, w) => Array.ConvertAll(r, v => v * w))], weights);
            weights = [.. rows.Select(r => 1 / Math.Sqrt(1 + Math.Pow((r.Zip(solution, (a, x) => a * x).Sum() - 1) / UsualError, 2)))];
        }

        return solution;
    }

    private double[] Row(Sample sample)
    {
        var row = new double[_coefficients.Count];
        foreach ((WorkItem item, double times) in sample.Work)
        {
            foreach ((Coefficient coefficient, double amount) in Features(item))
            {
                row[_columns[coefficient]] += times * amount / sample.Nanoseconds;
            }
        }

        return row;
    }

    private Dictionary<KernelKind, KernelCost> Kinds(double[] solution, WorkForm form) => Enum.GetValues<KernelKind>()
        .Where(k => _coefficients.Exists(c => c.Form == form && c.Kind == k))
        .ToDictionary(k => k, k => Cost(solution, form, k));

    /// <summary>What the fit finds no time for, since its neighbours hide it, is still a call: it gets the cost of an integer one that looks each element up.</summary>
    private ConversionCosts Conversion(double[] solution, WorkForm image, WorkForm flat) => new()
    {
        Image = Cost(solution, image, default),
        Flat = Cost(solution, flat, default) is { } cost && cost.Node + cost.Output > 0 ? cost : Cost(solution, WorkForm.Int8, KernelKind.Clamp),
    };

    private KernelCost Cost(double[] solution, WorkForm form, KernelKind kind)
    {
        return new KernelCost { Node = Of(Part.Node), MultiplyAdd = Of(Part.MultiplyAdd), Input = Of(Part.Input), Output = Of(Part.Output), Place = Of(Part.Place), Weight = Of(Part.Weight) };

        double Of(Part part) => _columns.TryGetValue(new Coefficient(form, kind, part), out int column) ? Significant(solution[column]) : 0;
    }

    /// <summary>Three digits: more than a measurement is good for.</summary>
    private static double Significant(double value) => value == 0 ? 0 : double.Parse(value.ToString("G3", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);

    private enum Part
    {
        Node,
        MultiplyAdd,
        Input,
        Output,
        Place,
        Weight,
    }

    private readonly record struct Coefficient(WorkForm Form, KernelKind Kind, Part Part);
}
