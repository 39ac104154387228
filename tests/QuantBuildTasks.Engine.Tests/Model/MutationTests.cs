using System.Globalization;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Checking;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.ExternalData;
using static QuantBuildTasks.Engine.Tests.ModelBuilder;

namespace QuantBuildTasks.Engine.Tests.Model;

/// <summary>QUANT_TEST_MUTANTS sets another number of files for a longer run.</summary>
public sealed class MutationTests : IDisposable
{
    /// <summary>Reading holds a file as messages and as a graph; what it takes beside a share of the file's length pays for exceptions and their stacks.</summary>
    private const long BytesAllowed = 4 << 20;

    /// <summary>What the files outside of the model's folder hold, and no seed does.</summary>
    private static readonly byte[] Secret = [.. Enumerable.Repeat((byte)0xA7, MutationSeeds.DataLength)];

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("quant");
    private readonly string _folder;
    private readonly WeightFiles _weights = new();

    public MutationTests()
    {
        _folder = _root.CreateSubdirectory("model").FullName;
        File.WriteAllBytes(Path.Combine(_root.FullName, "secret.bin"), Secret);
        File.WriteAllBytes(Path.Combine(_folder, MutationSeeds.DataFile), MutationSeeds.Data());
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(Path.Combine(_folder, "out.bin"), "../secret.bin");
            Directory.CreateSymbolicLink(Path.Combine(_folder, "up"), "..");
        }
    }

    public void Dispose()
    {
        _weights.Dispose();
        _root.Delete(recursive: true);
    }

    [Fact]
    public void Every_seed_is_read()
    {
        // The first has a custom operator, at which the checker stops.
        Assert.All(MutationSeeds.All, seed => ModelReader.Read(seed, null, new ExternalFiles(_folder, _weights)));
        Assert.All(MutationSeeds.All[1..], seed => ModelChecker.Check(ModelReader.Read(seed, null, new ExternalFiles(_folder, _weights)), null));
    }

    [Fact]
    public void Mutated_files_are_read_or_refused_with_a_code_within_bounds_of_memory_and_of_the_folder()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("QUANT_TEST_MUTANTS") ?? "20000", CultureInfo.InvariantCulture);
        byte[][] seeds = MutationSeeds.All;
        int passed = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] mutant = new Mutator(i).Next(seeds[i % seeds.Length]);
            Exception? failure = Record.Exception(() => passed += Survives(mutant) ? 1 : 0);
            Assert.True(failure is null, $"Mutant {i}: {failure}");
        }

        // Were nearly all refused at the first byte, the test would show little.
        Assert.InRange(passed, count / 20, count - 1);
    }

    [Fact]
    public void The_secret_would_be_found_wherever_a_model_holds_it()
    {
        Tensor secret = Tensor.FromBytes(ElementType.UInt8, [16], Secret.AsMemory(0, 16));
        OnnxModel sparse = Net().Build();
        sparse.Graph.SetSparseInitializer(sparse.Graph.AddValue("s"), new SparseTensor(secret, Tensor.Of(Enumerable.Range(0, 16).Select(i => (long)i).ToArray(), 16), [32]));
        OnnxModel[] holders =
        [
            Net().Constant("w", secret).Build(),
            Net().Node("Constant", "-> w", ("value", secret)).Build(),
            Net().Node("If", "flag -> y", ("then_branch", Body(b => b.Constant("t", secret).Output("t"))), ("else_branch", Body(b => b.Node("Identity", "x -> e").Output("e")))).Build(),
            Net().Function("F", "a -> b", b => b.Node("Constant", "-> b", ("value", secret))).Build(),
            sparse,
        ];

        Assert.All(holders, model => Assert.True(HoldsSecret(ModelWriter.Write(model))));
        Assert.False(HoldsSecret(ModelWriter.Write(Net().Build())));

        static ModelBuilder Net() => new ModelBuilder().Input("x", 2).Input("flag", ElementType.Bool);
    }

    /// <summary>Whoever writes a model writes all tensors: those of attributes, sparse ones, and those of branches and functions, too.</summary>
    private static bool HoldsSecret(byte[] saved) => saved.AsSpan().IndexOf(Secret.AsSpan(0, 8)) >= 0;

    private bool Survives(byte[] mutant)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        OnnxModel? model = ReadOrRefuse(mutant);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, BytesAllowed + (100L * mutant.Length));
        if (model is null)
        {
            return false;
        }

        byte[] saved = ModelWriter.Write(model);
        Assert.False(HoldsSecret(saved));
        Assert.Equal(saved, ModelWriter.Write(ModelReader.Read(saved)));
        return true;
    }

    private OnnxModel? ReadOrRefuse(byte[] file)
    {
        try
        {
            OnnxModel model = ModelReader.Read(file, null, new ExternalFiles(_folder, _weights));
            ModelChecker.Check(model, null);
            return model;
        }
        catch (QuantException e)
        {
            Assert.StartsWith("QBT100", e.Diagnostic.Code, StringComparison.Ordinal);
            return null;
        }
    }
}
