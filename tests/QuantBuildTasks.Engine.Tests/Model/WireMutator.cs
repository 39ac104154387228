namespace QuantBuildTasks.Engine.Tests.Model;

/// <summary>
/// Damages a protobuf file field by field, at any depth, without knowing what the fields mean: one is left out, doubled, exchanged with another,
/// or holds a huge number. Lengths around it stay right, so that the reader comes as far as the field.
/// </summary>
internal static class WireMutator
{
    private static readonly ulong[] Huge = [0, 1, int.MaxValue, 1UL << 31, 1UL << 40, long.MaxValue, 1UL << 63, ulong.MaxValue];

    public static byte[] Next(byte[] message, Random random)
    {
        if (Fields(message) is not { Count: > 0 } fields)
        {
            return message;
        }

        int at = random.Next(fields.Count);
        Field field = fields[at];
        if (field.WireType == 2 && random.Next(5) > 0 && Fields(field.Content) is { Count: > 0 })
        {
            fields[at] = field with { Content = Next(field.Content, random) };
            return Join(fields);
        }

        int other = random.Next(fields.Count);
        switch (random.Next(5))
        {
            case 0:
                fields.RemoveAt(at);
                break;
            case 1:
                fields.Insert(other, field);
                break;
            case 2:
                (fields[at], fields[other]) = (fields[other], field);
                break;
            case 3 when fields[other].WireType == field.WireType:
                fields[at] = field with { Content = fields[other].Content };
                break;
            case 4 when field.WireType == 0:
                fields[at] = field with { Content = Varint(Huge[random.Next(Huge.Length)]) };
                break;
            default:
                fields[at] = field with { Number = (uint)random.Next(1, 30) };
                break;
        }

        return Join(fields);
    }

    /// <summary>The fields of a message, or null where the bytes are none.</summary>
    private static List<Field>? Fields(byte[] message)
    {
        var fields = new List<Field>();
        int at = 0;
        while (at < message.Length)
        {
            if (ReadVarint(message, ref at) is not { } tag || tag >> 3 is 0 or > 2048)
            {
                return null;
            }

            int start = at;
            int wire = (int)(tag & 7);
            switch (wire)
            {
                case 0 when ReadVarint(message, ref at) is not null:
                    break;
                case 1 or 5:
                    at += wire == 1 ? 8 : 4;
                    break;
                case 2 when ReadVarint(message, ref at) is { } length && length <= (ulong)(message.Length - at):
                    start = at;
                    at += (int)length;
                    break;
                default:
                    return null;
            }

            if (at > message.Length)
            {
                return null;
            }

            fields.Add(new Field((uint)(tag >> 3), wire, message[start..at]));
        }

        return fields;
    }

    private static byte[] Join(IEnumerable<Field> fields)
    {
        var bytes = new List<byte>();
        foreach (Field field in fields)
        {
            bytes.AddRange(Varint((field.Number << 3) | (uint)field.WireType));
            if (field.WireType == 2)
            {
                bytes.AddRange(Varint((ulong)field.Content.Length));
            }

            bytes.AddRange(field.Content);
        }

        return [.. bytes];
    }

    private static ulong? ReadVarint(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        return null;
    }

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value > 0x7F; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
        return [.. bytes];
    }

    private sealed record Field(uint Number, int WireType, byte[] Content);
}
