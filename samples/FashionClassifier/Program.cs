using FashionClassifier;
using Microsoft.ML.OnnxRuntime;
using QuantBuildTasks.Runtime;

string[] names = ["T-shirt", "Trousers", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

// All that an app needs is the second line of these: open the model that the build made for this processor.
using SessionOptions options = new() { IntraOpNumThreads = 1 };
using InferenceSession session = QuantModels.Fashion.CreateSession(options);

VariantChoice choice = QuantModels.Fashion.Choose();
Console.WriteLine(choice.Reason);

// The rest compares it with the float32 model it was made from.
string folder = AppContext.BaseDirectory;
string floatFile = Path.Combine(folder, "float32.onnx");
using SessionOptions floatOptions = new() { IntraOpNumThreads = 1 };
using InferenceSession floatSession = new(floatFile, floatOptions);
Pictures pictures = Pictures.Load(Path.Combine(folder, "pictures.npz"));
Classifier quantized = new(session);
Classifier float32 = new(floatSession);

int[] quantizedAnswers = [.. Enumerable.Range(0, pictures.Count).Select(i => quantized.Classify(pictures[i]))];
int[] floatAnswers = [.. Enumerable.Range(0, pictures.Count).Select(i => float32.Classify(pictures[i]))];
double speedUp = Stopwatches.MedianRatio(() => float32.Classify(pictures[0]), () => quantized.Classify(pictures[0]));
long floatBytes = new FileInfo(floatFile).Length;

Console.WriteLine($"""

    {pictures.Count} test pictures, one at a time, one thread:
                     float32   {choice.Variant.Profile}
      accuracy      {Accuracy(floatAnswers),8:P2}   {Accuracy(quantizedAnswers):P2}
      size          {floatBytes / 1024,5} KiB   {choice.Variant.Length / 1024} KiB ({(double)floatBytes / choice.Variant.Length:F2}× smaller)
      speed             1.00×   {speedUp:F2}×
      same answer as float32: {floatAnswers.Zip(quantizedAnswers).Count(p => p.First == p.Second)} of {pictures.Count}

    """);

for (int i = 0; i < 3; i++)
{
    Console.WriteLine($"Picture {i}: {names[quantizedAnswers[i]]} (float32: {names[floatAnswers[i]]}, true: {names[pictures.Labels[i]]})");
    Console.WriteLine(pictures.Draw(i));
}

double Accuracy(int[] answers) => answers.Zip(pictures.Labels).Count(p => p.First == p.Second) / (double)answers.Length;
