namespace QuantBuildTasks.Engine.Calibration.Moments;

/// <summary>A layer that is watched in two models at once.</summary>
/// <param name="Name">What its moments are filed under.</param>
/// <param name="Patches">How it cuts its input into patches.</param>
/// <param name="FloatInput">What it reads in the float model.</param>
/// <param name="QuantizedInput">What it reads in the quantized model, as float32 numbers.</param>
internal sealed record PairedLayer(string Name, LayerPatches Patches, string FloatInput, string QuantizedInput);
