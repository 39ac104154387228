namespace QuantBuildTasks.Engine.Validation.Metrics;

/// <summary>What is measured on the validation data.</summary>
internal enum MetricKind
{
    /// <summary>Share of samples whose largest output is the labelled class; 0…1, needs labels, up is better.</summary>
    Top1,

    /// <summary>Share of samples whose labelled class is among the five largest outputs; 0…1, needs labels, up is better.</summary>
    Top5,

    /// <summary>Share of samples on which the largest output is the float model's; 0…1, up is better.</summary>
    Agreement,

    /// <summary>Macro F1 over the classes that occur among the labels; 0…1, needs labels, up is better.</summary>
    F1,

    /// <summary>Mean intersection over union of class maps, against labels or without them against the float model's map; 0…1, up is better.</summary>
    Iou,

    /// <summary>Share of samples whose nearest other sample, by the cosine of the outputs, is the float model's; 0…1, up is better.</summary>
    Neighbours,

    /// <summary>Mean cosine between the float model's output and the quantized one's, per sample; −1…1, up is better.</summary>
    Cosine,

    /// <summary>Signal to quantization noise of the output in dB: 10·log10(Σx² / Σ(x − x̂)²); up is better.</summary>
    Sqnr,

    /// <summary>Peak signal to noise ratio against the float model's output in dB: 10·log10(peak² / mean (x − x̂)²); up is better.</summary>
    Psnr,

    /// <summary>Mean squared error against float labels, or without them against the float model's output; down is better.</summary>
    Mse,

    /// <summary>exp of the mean cross entropy of the next token; needs labels, down is better.</summary>
    Perplexity,

    /// <summary>Character error rate of greedily decoded CTC scores; a share of the labels' length, needs labels, down is better.</summary>
    Cer,

    /// <summary>The same over words; needs labels and a separator, down is better.</summary>
    Wer,
}
