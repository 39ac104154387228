namespace QuantBuildTasks.Engine.Data.Images;

/// <summary>
/// The bytes of an image for a decoder that takes zeros for what is missing: asked for more than there is, it throws. So a file that is cut
/// off is an error and no grey area, and a decoder that looks for a mark which never comes ends.
/// </summary>
internal sealed class StrictStream(byte[] bytes) : MemoryStream(bytes, writable: false)
{
    public override int ReadByte() => Checked(base.ReadByte(), missing: -1);

    public override int Read(byte[] buffer, int offset, int count) => count == 0 ? 0 : Checked(base.Read(buffer, offset, count), missing: 0);

    public override int Read(Span<byte> buffer) => buffer.IsEmpty ? 0 : Checked(base.Read(buffer), missing: 0);

    private static int Checked(int result, int missing) =>
        result != missing ? result : throw new EndOfStreamException();
}
