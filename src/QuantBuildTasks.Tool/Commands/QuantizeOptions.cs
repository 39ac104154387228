using System.CommandLine;
using QuantBuildTasks.Tool.Requests.Settings;

namespace QuantBuildTasks.Tool.Commands;

/// <summary>The options of <c>quant model.onnx</c>. Each stands for one setting, whose text is read by the same code as in a project.</summary>
internal sealed class QuantizeOptions
{
    private readonly List<(string Setting, Option<string[]> Option)> _settings = [];

    public QuantizeOptions()
    {
        Add(SettingNames.CalibrationData, "--calibration", "file", "Typical inputs: .npz (one array for each input), .npy, or a folder of images or ONNX test data. Repeat it for several. Required; not for int8-weights or none where --validation is given.");
        Add(SettingNames.ValidationData, "--validation", "file", "Inputs to measure on, with an array 'labels' for top1. Default: one calibration sample of five.");
        Add(SettingNames.Preprocess, "--preprocess", "steps", "What the app does with an image: 'size=224x224;scale=1/255;mean=0.5;std=0.5'. Keys: docs/data.md. Default: bytes as they are.");
        Add(SettingNames.Reference, "--reference", "file", "The float32 model of a file that another tool quantized, with --precision none. Default: the model itself.");
        Add(SettingNames.Profiles, "--profiles", "names", $"Kinds of processor, separated by ';' ({Words(Engine.Profiles.BuiltInProfiles.All.Select(p => p.Name))}). Default: all but those for a GPU.");
        Add(SettingNames.Precision, "--precision", "word", "auto, int8, int8-weights, or none to measure a file as it is. Default: auto.");
        Add(SettingNames.Recipe, "--recipe", "word", "How hard to try: fast, balanced, careful or auto. Default: balanced.");
        Add(SettingNames.Metric, "--metric", "words", "top1, top5, f1, iou, agreement, neighbours, cosine, sqnr, psnr, mse, perplexity, cer or wer; several, each with its output: 'top1:logits;sqnr:boxes'. Default: top1 with labels, else agreement or sqnr by kind of output.");
        Add(SettingNames.MaxDrop, "--max-drop", "limit", "How far the metric may fall: 0.5%, '1% relative', '>=91%' or '<=12.5'; '20 dB' for sqnr and psnr; one for each metric: '0.5%;20 dB'. Default: by metric.");
        Add(SettingNames.MinCompression, "--min-compression", "ratio", "Float bytes ÷ result bytes that must be reached, for example 3.5. Default: none.");
        Add(SettingNames.MaxLatencyRatio, "--max-latency-ratio", "ratio", "Result time ÷ float time that must not be exceeded, for example 0.8. Default: none.");
        Add(SettingNames.KeepFloat, "--keep-float", "names", "Node names or operators that stay float32, with * and ?, separated by ';'.");
        Add(SettingNames.BatchSize, "--batch-size", "count", "Samples for each inference. Default: 8 for calibration, 50 for validation.");
        Add(SettingNames.BatchAxes, "--batch-axes", "axes", "On which axis inputs hold their samples: 'state=1;rate=none'. Default: 0.");
        Add(SettingNames.PinnedInputs, "--pinned-inputs", "values", "Inputs and symbolic sizes that are fixed for good: 'sr=16000;batch=1'. The result no longer takes them. Default: none.");
        Add(SettingNames.Emulator, "--emulator", "path", "An emulator such as qemu-x86_64, a folder of emulators, or none. Default: what is on the path.");
        Add(SettingNames.EmulationDirectory, "--emulation-directory", "folder", "Scoring programs for other architectures: the folder tools of the package QuantBuildTasks.Emulation.");
        Add(SettingNames.EmulationSamples, "--emulation-samples", "count", "Samples that may be scored under an emulator. Default: 400.");
        Add(SettingNames.Threads, "--threads", "count", "Threads of what the result does not depend on. Default: 0, all cores.");
    }

    public Argument<string> Model { get; } = new("model") { Description = "The float32 model (.onnx)." };

    public Option<string> Output { get; } = new("--output", "-o")
    {
        Description = "Where <model>.<profile>.onnx and the report go. Default: the current folder.",
        HelpName = "folder",
    };

    public IEnumerable<Option> Settings => _settings.Select(s => s.Option);

    /// <summary>The option of a setting: <c>--max-drop</c> for <c>MaxDrop</c>.</summary>
    public string NameOf(string setting) => _settings.Where(s => s.Setting == setting).Select(s => s.Option.Name).FirstOrDefault(setting);

    /// <summary>What was written, by setting.</summary>
    public IReadOnlyDictionary<string, string> Values(ParseResult parsed) => _settings
        .Select(s => (s.Setting, Text: parsed.GetValue(s.Option) is { } values ? string.Join(';', values) : ""))
        .Where(s => s.Text.Length > 0)
        .ToDictionary(s => s.Setting, s => s.Text, StringComparer.Ordinal);

    private void Add(string setting, string name, string helpName, string description) =>
        _settings.Add((setting, new Option<string[]>(name) { Description = description, HelpName = helpName, Arity = ArgumentArity.OneOrMore }));

    private static string Words(IEnumerable<string> words) => string.Join(", ", words);
}
