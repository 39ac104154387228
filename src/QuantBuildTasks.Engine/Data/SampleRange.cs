namespace QuantBuildTasks.Engine.Data;

/// <summary>Neighbouring samples of a <see cref="Dataset"/>: one batch.</summary>
internal readonly record struct SampleRange(int Start, int Count)
{
    /// <summary>For messages: <c>sample 3</c> or <c>samples 8–15</c>, counted from 0.</summary>
    public override string ToString() => Count == 1 ? $"sample {Start}" : $"samples {Start}–{Start + Count - 1}";
}
