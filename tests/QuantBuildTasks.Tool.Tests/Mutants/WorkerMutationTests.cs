using System.Collections.Concurrent;
using System.Globalization;
using QuantBuildTasks.Engine.Tests.Model;

namespace QuantBuildTasks.Tool.Tests.Mutants;

/// <summary>
/// Damaged models through the worker as a build starts it, ONNX Runtime included. QUANT_TEST_WORKER_MUTANTS sets another number of models for a
/// longer run, QUANT_TEST_WORKER_FIRST the number of the first.
/// </summary>
public sealed class WorkerMutationTests
{
    private const int InOneProcess = 25;

    /// <summary>ONNX Runtime 1.31.1 dies of very few damaged models; were it more than one in so many, something of ours would feed it what it should not see.</summary>
    private const int DeathsOneIn = 100;

    [Fact]
    public async Task Mutated_models_are_quantized_or_refused_with_a_code_and_the_name_of_the_model()
    {
        int count = Number("QUANT_TEST_WORKER_MUTANTS", 300);
        int first = Number("QUANT_TEST_WORKER_FIRST", 0);
        byte[][] seeds = WorkerSeeds.All;
        byte[] data = WorkerSeeds.Data();
        var refused = new ConcurrentBag<string>();
        var crashed = new ConcurrentBag<string>();
        var failures = new ConcurrentBag<string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = TestContext.Current.CancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(first, count).Chunk(InOneProcess), options, async (numbers, cancellation) =>
        {
            using var batch = new WorkerBatch([.. numbers.Select(n => new Mutator(n).Next(seeds[n % seeds.Length]))], data);
            if (await Record.ExceptionAsync(() => batch.Run(cancellation)) is { } failure)
            {
                failures.Add($"Mutants from {numbers[0]} on: {failure.Message}");
            }

            batch.Refused.ToList().ForEach(refused.Add);
            batch.Crashed.Select(c => $"mutants from {numbers[0]} on: {c}").ToList().ForEach(crashed.Add);
        });

        TestContext.Current.SendDiagnosticMessage($"{count} models, {refused.Count} errors, {crashed.Count} deaths of native code: {string.Join("; ", crashed)}");
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures));
        Assert.InRange(refused.Count, count / 10, count - 1);
        Assert.True(crashed.Count <= count / DeathsOneIn, $"{crashed.Count} of {count} models ended the worker: {string.Join("; ", crashed)}");
    }

    [Fact]
    public async Task Models_that_are_not_damaged_are_quantized()
    {
        using var batch = new WorkerBatch(WorkerSeeds.All, WorkerSeeds.Data());

        await batch.Run(TestContext.Current.CancellationToken);

        Assert.All(batch.Refused, r => Assert.Contains("QBT3", r, StringComparison.Ordinal));
        Assert.Empty(batch.Crashed);
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
