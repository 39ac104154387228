using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

// Stands in for the worker: `run request.json` does what the first model's file says, line by line.
JsonNode request = JsonNode.Parse(File.ReadAllText(args[1]))!;
string directory = (string)request["outputDirectory"]!;
using Stream output = Console.OpenStandardOutput();
using var writer = new StreamWriter(output) { AutoFlush = true };
foreach (string line in File.ReadAllLines((string)request["models"]![0]!["path"]!))
{
    string[] words = line.Split(' ', 3);
    switch (words[0])
    {
        case "print":
            await writer.WriteLineAsync(line["print ".Length..]);
            break;
        case "print-arguments":
            await writer.WriteLineAsync(string.Join(' ', args));
            break;
        case "write":
            string path = Path.Combine(directory, words[1]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, words[2]);
            break;
        case "await":
            while (!File.Exists(Path.Combine((string)request["projectDirectory"]!, words[1])))
            {
                await Task.Delay(10);
            }

            break;
        case "abort":
            Environment.FailFast("abort");
            break;
        case "crash":
            Crash();
            break;
        case "exit":
            return int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
        default:
            throw new InvalidOperationException($"'{line}' is not understood.");
    }
}

return 0;

// A bad pointer in native code is the end of the process; in managed code it would be an exception.
static unsafe void Crash()
{
    nint library = NativeLibrary.Load(OperatingSystem.IsWindows() ? "ucrtbase.dll" : "libc", typeof(Program).Assembly, null);
    ((delegate* unmanaged<nint, nint>)NativeLibrary.GetExport(library, "strlen"))(1);
}
