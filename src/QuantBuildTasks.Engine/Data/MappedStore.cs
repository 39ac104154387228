using QuantBuildTasks.Engine.Model.Serialization;

namespace QuantBuildTasks.Engine.Data;

/// <summary>The bytes of a mapped file.</summary>
/// <param name="file">Disposed with the store.</param>
internal sealed class MappedStore(MappedFile file) : ByteStore
{
    public override long Length => file.Length;

    public override ReadOnlyMemory<byte> Slice(long offset, int count) => file.Slice(offset, count);

    public override Stream OpenStream() => file.OpenStream();

    public override void Dispose() => file.Dispose();
}
