using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Scoring;

namespace QuantBuildTasks.Engine.Inference.Emulation;

/// <summary>
/// The scoring program at work. Whatever goes wrong with it (it does not start, dies, hangs, writes something else) is one kind of finding, and it never
/// outlives this object.
/// </summary>
internal sealed class ScoringProcess : IDisposable
{
    private const string Greeting = "quant-score 1";

    /// <summary>Emulators can be very talkative; the end tells what happened.</summary>
    private const int LinesKept = 5;

    /// <summary>A process that closes its pipes is about to end; so long may the system take over it.</summary>
    private static readonly TimeSpan LastBreath = TimeSpan.FromSeconds(5);

    private readonly ScoringProgram _program;
    private readonly TimeSpan _patience;
    private readonly CancellationToken _cancellation;
    private readonly Process _process;
    private readonly FrameWriter _requests;
    private readonly FrameReader _answers;
    private readonly ConcurrentQueue<string> _lastLines = new();
    private bool _hangs;

    private ScoringProcess(ScoringProgram program, Process process, TimeSpan patience, CancellationToken cancellation)
    {
        (_program, _process, _patience, _cancellation) = (program, process, patience, cancellation);
        _requests = new FrameWriter(new BufferedStream(process.StandardInput.BaseStream, 1 << 16));
        _answers = new FrameReader(new BufferedStream(process.StandardOutput.BaseStream, 1 << 16));
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginErrorReadLine();
    }

    /// <exception cref="QuantException">QBT5008.</exception>
    public static ScoringProcess Start(ScoringProgram program, TimeSpan patience, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program.FileName, program.Arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach ((string name, string value) in program.Environment)
        {
            start.Environment[name] = value;
        }

        start.Environment[Telemetry.Variable] = Telemetry.Off;

        Process? process;
        try
        {
            process = Process.Start(start);
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            throw QuantException.Error(Codes.EmulatorFailed, $"'{program.FileName}' cannot be started: {e.Message}", null, e);
        }

        var scoring = new ScoringProcess(program, process!, patience, cancellation);
        try
        {
            scoring.Greet();
            return scoring;
        }
        catch
        {
            scoring.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and reads its answer.</summary>
    /// <exception cref="QuantException">QBT5008, and what <paramref name="read"/> throws.</exception>
    public T Ask<T>(Action<FrameWriter> write, Func<FrameReader, T> read)
    {
        // A read on a pipe cannot be called off; the end of the process ends it.
        using var clock = new CancellationTokenSource(_patience);
        using CancellationTokenRegistration late = clock.Token.Register(() =>
        {
            _hangs = true;
            Kill();
        });
        using CancellationTokenRegistration cancelled = _cancellation.Register(Kill);
        try
        {
            write(_requests);
            _requests.Flush();
            return read(_answers);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidDataException)
        {
            _cancellation.ThrowIfCancellationRequested();
            throw Broken(e);
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private void Greet() => Ask(
        _ => { },
        answer =>
        {
            // A length that is none shows that something else than our program answers.
            string greeting = answer.Int32() is var length && length == Greeting.Length ? System.Text.Encoding.UTF8.GetString(answer.Bytes(length)) : "";
            if (greeting != Greeting)
            {
                throw new InvalidDataException("It is not the scoring program of this version.");
            }

            answer.Text();
            string version = answer.Text();
            answer.Text();
            Telemetry.Forbid();
            string own = OrtEnv.Instance().GetVersionString();
            if (version != own)
            {
                throw new InvalidDataException($"It has ONNX Runtime {version}, and this worker {own}: reference the package QuantBuildTasks.Emulation of the same version");
            }

            return true;
        });

    private QuantException Broken(Exception inner)
    {
        // Whoever talks nonsense is still alive: its exit code would be that of our own signal.
        bool ended = !_hangs && inner is not InvalidDataException && _process.WaitForExit(LastBreath);
        Kill();
        _process.WaitForExit();
        string how = _hangs ? $"gave no answer for {_patience.TotalMinutes:0.#} minutes"
            : inner is InvalidDataException ? $"answered what makes no sense ({inner.Message.TrimEnd('.')})"
            : !ended ? $"closed its pipes ({inner.Message.TrimEnd('.')})"
            : _process.ExitCode > 128 ? $"was ended by signal {_process.ExitCode - 128}"
            : _process.ExitCode != 0 ? $"ended with exit code {_process.ExitCode}"
            : $"broke off ({inner.Message})";
        string last = _lastLines.IsEmpty ? "" : $" Its last lines: {string.Join(" | ", _lastLines)}";
        return QuantException.Error(Codes.EmulatorFailed, $"The scoring program under '{_program.Description}' {how}.{last}", null, inner);
    }

    private void Keep(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        _lastLines.Enqueue(line.Trim());
        while (_lastLines.Count > LinesKept)
        {
            _lastLines.TryDequeue(out _);
        }
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended by itself, or is ending.
        }
    }
}
