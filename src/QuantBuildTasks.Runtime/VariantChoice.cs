namespace QuantBuildTasks.Runtime;

/// <summary>Which variant of a model is opened on this machine, and why.</summary>
public sealed class VariantChoice
{
    internal VariantChoice(ModelVariant variant, string reason, ProcessorInfo processor, bool exactArithmetic)
    {
        Variant = variant;
        Reason = reason;
        Processor = processor;
        ExactArithmetic = exactArithmetic;
    }

    /// <summary>The variant that is opened.</summary>
    public ModelVariant Variant { get; }

    /// <summary>Why, in one or two sentences for a log file or a support request.</summary>
    public string Reason { get; }

    /// <summary>The processor that the choice was made for.</summary>
    public ProcessorInfo Processor { get; }

    /// <summary>
    /// Whether the session is created with <c>session.x64quantprecision</c> = <c>1</c>. The variant then counts on VNNI instructions, which
    /// this processor lacks: the fast kernels would add in saturating 16 bits and change the results, the exact ones are right and slower.
    /// </summary>
    public bool ExactArithmetic { get; }

    /// <summary>The reason.</summary>
    public override string ToString() => Reason;
}
