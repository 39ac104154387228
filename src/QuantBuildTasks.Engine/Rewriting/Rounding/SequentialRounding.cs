using QuantBuildTasks.Engine.Calibration.Moments;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Planning;
using QuantBuildTasks.Engine.Planning.Operators;
using QuantBuildTasks.Engine.Planning.Stored;
using QuantBuildTasks.Engine.Profiles;

namespace QuantBuildTasks.Engine.Rewriting.Rounding;

internal sealed class SequentialRounding
{
    public double Damping = 0.01;
    public int Patches = 2048;
    public long Budget = 256L << 20;
    public bool Compensate = true;
    public Action<string>? Log;

    public QuantizationPlan Apply(IInference inference, OnnxModel model, QuantizationPlan plan, HardwareProfile profile, IReadOnlyList<IReadOnlyDictionary<string, Tensor>> batches, int workers)
    {
        OnnxModel simulated = ModelWriter.Copy(model);
        PlanRewriter.Rewrite(simulated, plan with { Weights = [.. plan.Weights.Where(w => w.Axis is null)], Stored = [] });
        Dictionary<string, Node> layers = model.Graph.Nodes.Where(n => LayerPatches.Of(n) is not null).ToDictionary(n => n.DisplayName);
        Dictionary<string, Node> twins = simulated.Graph.Nodes.Where(n => layers.ContainsKey(n.DisplayName)).ToDictionary(n => n.DisplayName);
        var exact = new SteppedModel(inference, ModelWriter.Copy(model), n => layers.ContainsKey(n.DisplayName), batches);
        var quantized = new SteppedModel(inference, simulated, n => layers.ContainsKey(n.DisplayName), batches);
        Dictionary<string, Node> exactNodes = exact.Nodes.Where(n => layers.ContainsKey(n.DisplayName)).ToDictionary(n => n.DisplayName);
        Dictionary<string, ActivationFormat> activations = plan.Activations.ToDictionary(a => a.Value);
        List<WeightFormat> formats = [.. plan.Weights];
        List<StoredFormat> stored = [.. plan.Stored];
        for (int step = 0; step < exact.Steps; step++)
        {
            if (step > 0)
            {
                foreach (Node layer in layers.Values.Where(n => exact.StepOf(exactNodes[n.DisplayName]) == step))
                {
                    Round(layer, exactNodes[layer.DisplayName], twins[layer.DisplayName]);
                }
            }

            exact.Advance(step, workers, CancellationToken.None);
            quantized.Advance(step, workers, CancellationToken.None);
            while (exact.Bytes + quantized.Bytes > Budget && exact.Batches > 1)
            {
                exact.Keep(exact.Batches - 1);
                quantized.Keep(quantized.Batches - 1);
            }
        }

        Log?.Invoke($"batches left {exact.Batches}, steps {exact.Steps}");
        return plan with { Weights = formats, Stored = stored };

        void Round(Node layer, Node source, Node twin)
        {
            Tensor weight = layer.Input(1)!.Constant!;
            int format = formats.FindIndex(f => f.Node == layer.DisplayName && f.Axis is not null && f.Type == ElementType.Int8);
            int asStored = format >= 0 ? -1 : stored.FindIndex(s => s.Scope == 0 && s.Type == ElementType.Int8 && s.Value == layer.Input(1)!.Name);
            LayerPatches patches = LayerPatches.Of(layer)!;
            if ((format < 0 && asStored < 0) || layer.Input(1)!.Uses.Count > 1 || PairedSums.Bytes(patches) > Budget)
            {
                return;
            }

            var sums = new PairedSums(patches);
            int perBatch = Math.Max(1, (Patches + exact.Batches - 1) / exact.Batches);
            for (int b = 0; b < exact.Batches; b++)
            {
                sums.Add(exact.Get(b, source.Input(0)!), quantized.Get(b, twin.Input(0)!), perBatch);
            }

            PairedMoments moments = sums.ToMoments();
            LayerRows rows = LayerRows.Of(layer, weight, moments);
            Tensor? bias = layer.Is("Conv") || layer.Is("Gemm") ? layer.Input(2)?.Constant : null;
            bool centred = bias is { Type: ElementType.Float32 } && bias.Length == rows.Count && layer.FloatAttribute("beta", 1) == 1 && layer.FloatAttribute("alpha", 1) == 1;
            float[] original = weight.Span<float>().ToArray();
            float[] target = [.. original];
            if (Compensate)
            {
                for (int group = 0; group < moments.Groups; group++)
                {
                    int first = group * rows.PerGroup;
                    if (InputErrorCompensation.Of(moments, group, centred, Damping) is { } compensation)
                    {
                        Parallel.For(first, first + rows.PerGroup, r =>
                        {
                            var row = new float[moments.Length];
                            for (int i = 0; i < row.Length; i++)
                            {
                                row[i] = target[rows.At(r, i)];
                            }

                            compensation.Apply(row);
                            for (int i = 0; i < row.Length; i++)
                            {
                                target[rows.At(r, i)] = row[i];
                            }
                        });
                    }
                }
            }

            Tensor targets = Tensor.Of(target, [.. weight.Dims]);
            Func<int, float> scaleOf;
            if (format >= 0)
            {
                NodeRole role = OperatorTable.Classify(layer, profile).Role!;
                float[] scales = LayerScales.Of(targets, bias is null ? [] : bias.Span<float>(), role, profile.Saturation, activations[layer.Input(0)!.Name].Scale)!;
                formats[format] = formats[format] with { Scales = scales };
                ChannelLayout layout = ChannelLayout.Of(weight, formats[format].Axis);
                scaleOf = i => scales[layout.ChannelOf(i / layout.Inner)];
            }
            else
            {
                StoredFormat old = stored[asStored];
                GroupScales scales = GroupScales.Of(targets, old.Groups, old.Shift)!;
                stored[asStored] = old with { Scales = scales.Scales, ScaleType = scales.Type };
                (_, int count, int inner) = old.Groups.Split(weight.Dims);
                scaleOf = i => scales.Scales[i / inner % count];
            }

            float[]? corrected = centred ? bias!.Span<float>().ToArray() : null;
            for (int group = 0; group < moments.Groups; group++)
            {
                float[] matrix = moments.Damped(group, centred);
                int first = group * rows.PerGroup;
                int g = group;
                Parallel.For(first, first + rows.PerGroup, r =>
                {
                    var (row, scales) = (new float[moments.Length], new float[moments.Length]);
                    for (int i = 0; i < row.Length; i++)
                    {
                        int at = rows.At(r, i);
                        (row[i], scales[i]) = (target[at], scaleOf(at));
                    }

                    CovarianceRounding.Round(row, scales, matrix);
                    double shift = 0;
                    ReadOnlySpan<float> read = moments.MeanRead(g);
                    ReadOnlySpan<float> missing = moments.MeanMissing(g);
                    for (int i = 0; i < row.Length; i++)
                    {
                        int at = rows.At(r, i);
                        shift += ((double)original[at] * ((double)read[i] + missing[i])) - ((double)row[i] * read[i]);
                        target[at] = row[i];
                    }

                    if (corrected is not null)
                    {
                        corrected[r] = (float)(corrected[r] + shift);
                    }
                });
            }

            foreach (Node node in (Node[])[layer, twin])
            {
                node.SetConstant(1, Tensor.Of(target, [.. weight.Dims]), "weight");
                if (corrected is not null)
                {
                    node.SetConstant(2, Tensor.Of(corrected, [.. bias!.Dims]), "bias");
                }
            }
        }
    }
}
