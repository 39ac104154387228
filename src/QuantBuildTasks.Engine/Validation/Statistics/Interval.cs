namespace QuantBuildTasks.Engine.Validation.Statistics;

/// <summary>A closed interval.</summary>
internal readonly record struct Interval(double Low, double High);
