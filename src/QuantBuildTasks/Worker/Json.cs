using System.Runtime.Serialization;
using System.Runtime.Serialization.Json;

namespace QuantBuildTasks.Worker;

/// <summary>
/// JSON with the serializer of .NET Standard: a task must bring no assembly of its own, because MSBuild on .NET Framework would load it for all.
/// </summary>
internal static class Json
{
    private static readonly DataContractJsonSerializerSettings Settings = new() { UseSimpleDictionaryFormat = true };

    /// <summary>UTF-8 without a byte order mark.</summary>
    public static byte[] Write<T>(T value)
    {
        using var stream = new MemoryStream();
        new DataContractJsonSerializer(typeof(T), Settings).WriteObject(stream, value);
        return stream.ToArray();
    }

    /// <exception cref="SerializationException">The bytes are not such an object.</exception>
    public static T Read<T>(byte[] utf8)
        where T : class
    {
        using var stream = new MemoryStream(utf8);
        return new DataContractJsonSerializer(typeof(T), Settings).ReadObject(stream) as T ?? throw new SerializationException("An object was expected.");
    }
}
