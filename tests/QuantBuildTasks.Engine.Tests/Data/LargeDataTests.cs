using System.IO.Compression;
using System.Runtime.InteropServices;
using QuantBuildTasks.Engine.Data;
using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Data;

/// <summary>Data sets whose size must not show in memory.</summary>
public sealed class LargeDataTests : IDisposable
{
    private const int Width = 25_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("large data ü ").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(CompressionLevel.Fastest, false)]
    [InlineData(CompressionLevel.NoCompression, false)]
    [InlineData(CompressionLevel.NoCompression, true)]
    public void Samples_of_300_MB_are_walked_over_in_little_memory(CompressionLevel compression, bool plain)
    {
        const int Samples = 3000;
        string path = Write(compression, plain, Samples);
        string temporary = Directory.CreateDirectory(Path.Combine(_folder, "temporary")).FullName;
        ModelPort[] inputs = [new("x", ElementType.Float32, new Shape("N", Width))];
        long before = GC.GetAllocatedBytesForCurrentThread();

        using (Dataset data = Dataset.Open([path], inputs, new Dictionary<string, int?>(), "m.onnx", new OpenFiles(temporary)))
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 40_000_000);
            foreach (SampleRange range in data.Batches(8))
            {
                before = GC.GetAllocatedBytesForCurrentThread();
                Tensor batch = data.Batch(range)["x"];
                Assert.Equal(range.Start, batch.Span<float>()[0]);
                Assert.Equal(range.Start + range.Count - 1, batch.Span<float>()[(range.Count - 1) * Width]);
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
            }
        }

        Assert.Empty(Directory.GetFiles(temporary));
    }

    [Fact]
    public void Fortran_order_that_is_too_large_for_memory_is_brought_into_order_in_a_file()
    {
        const int Rows = 3;
        const int Columns = 2_000_000;
        float[] stored = [.. Enumerable.Range(0, Rows * Columns).Select(i => (float)(((i % Rows) * Columns) + (i / Rows)))];
        byte[] file = NpyBytes.Of(NpyBytes.Header("<f4", $"({Rows}, {Columns})", fortran: true), MemoryMarshal.AsBytes(stored.AsSpan()).ToArray());
        using var files = new OpenFiles(_folder);

        StoredArray array = NpyReader.Read(new MemoryStore(file), 0, file.Length, files);

        Assert.IsType<FileStore>(array.Store);
        Assert.Equal(Enumerable.Range(0, stored.Length).Select(i => (float)i), array.ToTensor().Span<float>().ToArray());
    }

    [Fact]
    public void A_store_that_is_closed_refuses_to_read()
    {
        string path = Write(CompressionLevel.NoCompression, plain: true, samples: 1);
        ByteStore store;
        using (var files = new OpenFiles())
        {
            store = files.OpenFile(path);
            Assert.Equal(0x93, store.Slice(0, 8).Span[0]);
        }

        Assert.Throws<ObjectDisposedException>(() => store.Slice(0, 8));
        Assert.Throws<ObjectDisposedException>(store.OpenStream);
    }

    /// <summary>Every sample begins and ends with its number and is zero between.</summary>
    private string Write(CompressionLevel compression, bool plain, int samples)
    {
        string path = Path.Combine(_folder, plain ? "x.npy" : "x.npz");
        using FileStream file = File.Create(path);
        if (plain)
        {
            WriteArray(file, samples);
            return path;
        }

        using var zip = new ZipArchive(file, ZipArchiveMode.Create);
        using Stream entry = zip.CreateEntry("x.npy", compression).Open();
        WriteArray(entry, samples);
        return path;
    }

    private static void WriteArray(Stream target, int samples)
    {
        target.Write(NpyBytes.Of(NpyBytes.Header("<f4", $"({samples}, {Width})"), []));
        float[] sample = new float[Width];
        for (int i = 0; i < samples; i++)
        {
            sample[0] = sample[^1] = i;
            target.Write(MemoryMarshal.AsBytes(sample.AsSpan()));
        }
    }
}
