using Microsoft.ML.OnnxRuntime;

namespace FashionClassifier;

/// <summary>Asks a session for the class of one picture. It does not matter which variant the session runs.</summary>
internal sealed class Classifier(InferenceSession session)
{
    private readonly string[] _input = [.. session.InputNames];
    private readonly string[] _output = [.. session.OutputNames];
    private readonly RunOptions _options = new();

    public int Classify(float[] picture)
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(picture, [1, 1, Pictures.Side, Pictures.Side]);
        using var outputs = session.Run(_options, _input, [input], _output);
        ReadOnlySpan<float> scores = outputs[0].GetTensorDataAsSpan<float>();
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            best = scores[i] > scores[best] ? i : best;
        }

        return best;
    }
}
