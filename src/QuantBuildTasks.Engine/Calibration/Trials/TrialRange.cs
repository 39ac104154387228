using QuantBuildTasks.Engine.Calibration.Ranges;

namespace QuantBuildTasks.Engine.Calibration.Trials;

/// <summary>A range that is tried, as the format that it becomes: x̂ = (clamp(round(x/Scale) + ZeroPoint, 0, 255) − ZeroPoint)·Scale.</summary>
/// <param name="Range">The interval.</param>
/// <param name="Scale">Positive and normal.</param>
/// <param name="ZeroPoint">0…255.</param>
internal readonly record struct TrialRange(ValueRange Range, float Scale, byte ZeroPoint);
