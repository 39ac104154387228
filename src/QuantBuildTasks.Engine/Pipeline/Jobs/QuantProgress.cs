namespace QuantBuildTasks.Engine.Pipeline.Jobs;

/// <summary>Tells how far a job is. <paramref name="Fraction"/> counts within the stage, 0…1.</summary>
internal readonly record struct QuantProgress(string Stage, double Fraction);
