using System.Text;

namespace QuantBuildTasks.Engine.Tests.Data;

/// <summary>Puts .npy files together from the format's description, byte by byte.</summary>
internal static class NpyBytes
{
    public static byte[] Of(string header, byte[] data, int version = 1, int? claimedHeaderLength = null)
    {
        byte[] text = Encoding.UTF8.GetBytes(header + "\n");
        int length = claimedHeaderLength ?? text.Length;
        byte[] lengthField = version == 1 ? BitConverter.GetBytes((ushort)length) : BitConverter.GetBytes((uint)length);
        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. lengthField, .. text, .. data];
    }

    public static string Header(string descr, string shape, bool fortran = false) =>
        $"{{'descr': '{descr}', 'fortran_order': {(fortran ? "True" : "False")}, 'shape': {shape}, }}";
}
