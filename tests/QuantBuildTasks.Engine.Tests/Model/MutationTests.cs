using System.Globalization;
using Google.Protobuf;
using QuantBuildTasks.Engine.Diagnostics;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Model.Checking;
using QuantBuildTasks.Engine.Model.Serialization;
using QuantBuildTasks.Engine.Model.Serialization.Onnx;

namespace QuantBuildTasks.Engine.Tests.Model;

/// <summary>QUANT_TEST_MUTANTS sets another number of files for a longer run.</summary>
public sealed class MutationTests
{
    /// <summary>Reading holds a file as messages and as a graph; what it takes beside a share of the file's length pays for exceptions and their stacks.</summary>
    private const long BytesAllowed = 4 << 20;

    [Fact]
    public void Mutated_files_are_read_or_refused_with_a_code_and_within_bounds_of_memory()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("QUANT_TEST_MUTANTS") ?? "20000", CultureInfo.InvariantCulture);
        byte[][] seeds = [RichModel.Create().ToByteArray(), Plain(), Branches()];
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

    private static bool Survives(byte[] mutant)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        OnnxModel? model = ReadOrRefuse(mutant);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, BytesAllowed + (100L * mutant.Length));
        if (model is null)
        {
            return false;
        }

        byte[] saved = ModelWriter.Write(model);
        Assert.Equal(saved, ModelWriter.Write(ModelReader.Read(saved)));
        return true;
    }

    private static OnnxModel? ReadOrRefuse(byte[] file)
    {
        try
        {
            OnnxModel model = ModelReader.Read(file);
            ModelChecker.Check(model, null);
            return model;
        }
        catch (QuantException e)
        {
            Assert.StartsWith("QBT100", e.Diagnostic.Code, StringComparison.Ordinal);
            return null;
        }
    }

    private static byte[] Plain() => ModelWriter.Write(new ModelBuilder()
        .Input("x", "N", 4).Weight("w", 4, 3).Weight("b", 3)
        .Node("Gemm", "x w b -> h", ("alpha", 1f), ("transB", 0)).Node("Relu", "h -> r").Node("Concat", "h r -> y", ("axis", 1))
        .Output("y").Build());

    private static byte[] Branches()
    {
        ModelProto model = RichModel.Create();
        model.Graph.Node.RemoveAt(0);
        model.Graph.Output.RemoveAt(1);
        model.Graph.Node[0].Attribute[0].G.Node[0].Input[0] = "x";
        return model.ToByteArray();
    }
}
