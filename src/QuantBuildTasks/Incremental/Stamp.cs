using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace QuantBuildTasks.Incremental;

/// <summary>
/// Remembers from what a result was made: a hash of all options, length and time of every input (those that the build names, and those that the worker found
/// named in models), length of every output. Times are compared for equality, not for order, so an older file that was put back counts as a change.
/// </summary>
internal static class Stamp
{
    private const string FirstLine = "quant-stamp\t1\n";
    private const string LastInputLine = "made\n";
    private const string OutputField = "output\t";
    private const string FoundField = "found\t";

    /// <summary>The part of a stamp that can be told before the worker runs.</summary>
    /// <param name="options">Everything that was asked for.</param>
    /// <param name="inputs">Absolute paths.</param>
    public static string Inputs(byte[] options, IEnumerable<string> inputs)
    {
        using var sha = SHA256.Create();
        var text = new StringBuilder(FirstLine);
        text.Append("options\t").Append(BitConverter.ToString(sha.ComputeHash(options)).Replace("-", "")).Append('\n');
        foreach (string path in inputs)
        {
            text.Append("input\t").Append(State(path)).Append('\t').Append(path).Append('\n');
        }

        return text.Append(LastInputLine).ToString();
    }

    /// <summary>Stores <paramref name="inputs"/> together with what the worker found, as it was then, and with the outputs as they are now.</summary>
    public static void Write(string path, string inputs, IEnumerable<FoundInput> found, IEnumerable<string> outputs) =>
        AtomicFile.Write(path, inputs + string.Concat(found.Select(f => f.ToString()).Concat(outputs.Select(OutputLine)).Select(line => line + "\n")));

    /// <summary>Absolute paths of the inputs that the worker found; none where there is no stamp.</summary>
    public static IReadOnlyList<string> Found(string path) => !File.Exists(path) ? [] :
    [
        .. Patience.Try(() => File.ReadAllText(path)).Split('\n')
            .Where(line => line.StartsWith(FoundField, StringComparison.Ordinal))
            .Select(line => line.Substring(line.LastIndexOf('\t') + 1)),
    ];

    /// <summary>Why the worker must run, or null where everything is as it was. A stamp that cannot be read says nothing, so the worker runs.</summary>
    public static string? ReasonToRun(string path, string inputs)
    {
        try
        {
            return File.Exists(path) ? ReasonIn(Patience.Try(() => File.ReadAllText(path)), inputs) : "there is no result of an earlier build";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // The last two: what stands there is no path.
            return $"the result of an earlier build cannot be checked ({e.Message})";
        }
    }

    private static string? ReasonIn(string stored, string inputs)
    {
        if (!stored.StartsWith(inputs, StringComparison.Ordinal))
        {
            var known = new HashSet<string>(stored.Split('\n'), StringComparer.Ordinal);
            string? changed = inputs.Split('\n').FirstOrDefault(line => !known.Contains(line));
            return changed is null ? "there are fewer inputs than before"
                : changed.StartsWith("input\t", StringComparison.Ordinal) ? $"'{changed.Substring(changed.LastIndexOf('\t') + 1)}' is new or has changed"
                : "the options have changed";
        }

        string? lost = stored.Substring(inputs.Length).Split(['\n'], StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(line => line != LineNow(line, line.Substring(line.LastIndexOf('\t') + 1)));
        return lost is null ? null : $"'{lost.Substring(lost.LastIndexOf('\t') + 1)}' is missing or has changed";
    }

    private static string LineNow(string line, string path) =>
        line.StartsWith(FoundField, StringComparison.Ordinal) ? FoundField + State(path) + "\t" + path : OutputLine(path);

    private static string State(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? State(file.Length, file.LastWriteTimeUtc.Ticks) : "missing\t-";
    }

    private static string State(long length, long ticks) =>
        length.ToString(CultureInfo.InvariantCulture) + "\t" + ticks.ToString(CultureInfo.InvariantCulture);

    private static string OutputLine(string path)
    {
        var file = new FileInfo(path);
        return OutputField + (file.Exists ? file.Length.ToString(CultureInfo.InvariantCulture) : "missing") + "\t" + path;
    }

    /// <summary>An input that a model names and no project does, as the worker saw it.</summary>
    internal readonly struct FoundInput(string path, long length, long ticks)
    {
        public override string ToString() => FoundField + State(length, ticks) + "\t" + path;
    }
}
