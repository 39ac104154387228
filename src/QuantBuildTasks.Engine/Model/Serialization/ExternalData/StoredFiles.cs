using System.Globalization;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Model.Serialization.ExternalData;

/// <summary>
/// The files of a model that this process stored. Its messages were written here (<see cref="MappedTensors"/>), and nothing is opened: the rules for files
/// that somebody else wrote, as <see cref="ExternalFiles"/> has them, would refuse what a folder of the user may well be called.
/// </summary>
/// <param name="folder">From which its messages name the files.</param>
/// <param name="weights">Holds them all.</param>
internal sealed class StoredFiles(string folder, WeightFiles weights) : ITensorFiles
{
    public ReadOnlyMemory<byte> Read(TensorProto tensor, long expected)
    {
        Dictionary<string, string> place = tensor.ExternalData.ToDictionary(e => e.Key, e => e.Value);
        MappedFile file = weights.Find(Path.Combine([folder, .. place["location"].Split('/')]));
        return file.Slice(long.Parse(place["offset"], CultureInfo.InvariantCulture), checked((int)expected));
    }
}
