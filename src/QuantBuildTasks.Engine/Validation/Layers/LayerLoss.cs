namespace QuantBuildTasks.Engine.Validation.Layers;

/// <summary>How one layer stands: SQNR of its output in dB against the float model on the same samples, and how much of it this layer itself lost.</summary>
internal readonly record struct LayerLoss(string Node, double SqnrDb, double LossDb);
