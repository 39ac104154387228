using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Microsoft.ML.OnnxRuntime;
using QuantBuildTasks.Scoring;

// Whoever writes to standard output by name must not write between frames.
using Stream results = new BufferedStream(Console.OpenStandardOutput(), 1 << 16);
using Stream batches = new BufferedStream(Console.OpenStandardInput(), 1 << 16);
Console.SetOut(Console.Error);

var writer = new FrameWriter(results);
writer.Text("quant-score 1");
writer.Text(RuntimeInformation.ProcessArchitecture.ToString());
writer.Text(OrtEnv.Instance().GetVersionString());
writer.Text(X86Base.IsSupported ? $"avx2 {Avx2.IsSupported}, avx512 {Avx512F.IsSupported}" : "");
writer.Flush();
new Scorer(new FrameReader(batches), writer).Serve();
