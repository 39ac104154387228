using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using QuantBuildTasks.Engine.Model;

namespace QuantBuildTasks.Engine.Tests.Architecture;

/// <summary>Who may know whom inside the engine: docs/architecture.md draws it, these tests hold it.</summary>
public sealed class RoomTests
{
    private const string Engine = "QuantBuildTasks.Engine";

    /// <summary>The way of a model; a room may use what stands before it.</summary>
    private static readonly string[] Way = ["Model", "Preparation", "Calibration", "Conditioning", "Planning", "Rewriting", "Validation", "Packaging", "Reporting"];

    /// <summary>Rooms beside the way, and what of it each of them may use.</summary>
    private static readonly Dictionary<string, string[]> Beside = new()
    {
        ["Diagnostics"] = [],
        ["Profiles"] = ["Diagnostics", "Model"],
        ["Inference"] = ["Diagnostics", "Model"],
        ["Data"] = ["Diagnostics", "Model", "Inference"],
    };

    /// <summary>Arrows against the way that are allowed nevertheless: they read a result.</summary>
    private static readonly string[] Exceptions =
    [
        // The last two rooms describe what the whole way gave.
        "Packaging -> Pipeline",
        "Reporting -> Pipeline",
        "Packaging -> Reporting",
    ];

    private static readonly ArchUnitNET.Domain.Architecture Loaded = new ArchLoader().LoadAssemblies(typeof(Graph).Assembly).Build();

    public static TheoryData<string> Rooms => [.. Way, .. Beside.Keys];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_uses_only_rooms_before_it_and_those_beside_the_way(string room)
    {
        int place = Array.IndexOf(Way, room);
        string[] allowed = place < 0 ? Beside[room] : [.. Way[..place], .. Beside.Keys];

        string[] against =
        [
            .. from type in TypesOf(room)
               from target in type.Dependencies.Select(d => d.Target)
               let other = RoomOf(target)
               where other is not null && other != room && !allowed.Contains(other) && !Exceptions.Contains($"{room} -> {other}")
               select $"{type.FullName} uses {target.FullName}",
        ];

        Assert.Empty(against.Distinct());
    }

    /// <summary>Folders of a room stand in an order too: whatever leads out of one, no way leads back.</summary>
    [Theory]
    [InlineData("Model.Serialization")]
    [InlineData("Calibration")]
    [InlineData("Validation")]
    [InlineData("Pipeline")]
    public void Folders_of_a_room_depend_one_way(string room)
    {
        string inside = $"{Engine}.{room}";
        ILookup<string, string> uses = (
            from type in Loaded.Types
            let folder = FolderOf(type)
            where IsInside(folder)
            from target in type.Dependencies.Select(d => FolderOf(d.Target))
            where IsInside(target) && target != folder
            select (folder, target)).Distinct().ToLookup(u => u.folder, u => u.target);

        Assert.NotEmpty(uses);
        Assert.DoesNotContain(uses, u => Reached(u.Key).Contains(u.Key));

        bool IsInside(string folder) => folder == inside || folder.StartsWith(inside + ".", StringComparison.Ordinal);

        HashSet<string> Reached(string folder)
        {
            var reached = new HashSet<string>();
            var open = new Stack<string>(uses[folder]);
            while (open.TryPop(out string? next))
            {
                if (reached.Add(next))
                {
                    Array.ForEach([.. uses[next]], open.Push);
                }
            }

            return reached;
        }
    }

    [Fact]
    public void Every_folder_is_a_room_that_these_tests_know() =>
        Assert.Empty(Loaded.Types.Select(RoomOf).OfType<string>().Distinct().Except([.. Way, .. Beside.Keys, "Pipeline", "Search"]));

    [Fact]
    public void Nothing_knows_the_room_above_all() => Assert.DoesNotContain(
        Loaded.Types.Where(t => RoomOf(t) is not (null or "Search")).SelectMany(t => t.Dependencies),
        d => RoomOf(d.Target) == "Search");

    [Fact]
    public void Protobuf_is_seen_in_serialization_alone() => AssertOnlyIn(["Model.Serialization"], "Google.Protobuf", $"{Engine}.Model.Serialization.Onnx");

    [Fact]
    public void ONNX_Runtime_is_seen_in_Inference_alone() => AssertOnlyIn(["Inference"], "Microsoft.ML.OnnxRuntime");

    [Fact]
    public void The_file_system_is_seen_in_four_rooms_alone() =>
        AssertOnlyIn(["Model.Serialization", "Data", "Packaging", "Pipeline"], "System.IO.File", "System.IO.FileInfo", "System.IO.FileStream", "System.IO.Directory", "System.IO.DirectoryInfo");

    [Fact]
    public void The_engine_knows_neither_MSBuild_nor_a_console() => AssertOnlyIn([], "Microsoft.Build", "System.Console", "System.CommandLine", "Spectre.Console");

    [Fact]
    public void Every_exception_is_still_needed() =>
        Assert.All(Exceptions, e => Assert.Contains(
            TypesOf(e.Split(" -> ")[0]).SelectMany(t => t.Dependencies),
            d => RoomOf(d.Target) == e.Split(" -> ")[1]));

    [Theory]
    [InlineData("Google.Protobuf")]
    [InlineData("Microsoft.ML.OnnxRuntime")]
    [InlineData("System.IO.File")]
    public void The_uses_that_are_allowed_are_seen(string name) => Assert.NotEmpty(UsesOutside([], name));

    private static void AssertOnlyIn(string[] places, params string[] names) => Assert.Empty(UsesOutside(places, names));

    private static string[] UsesOutside(string[] places, params string[] names) =>
    [
        .. (from type in Loaded.Types
            where type.FullName.StartsWith(Engine + ".", StringComparison.Ordinal) && !places.Any(p => type.FullName.StartsWith($"{Engine}.{p}.", StringComparison.Ordinal))
            from target in type.Dependencies.Select(d => d.Target.FullName)
            where names.Any(n => target == n || target.StartsWith(n + ".", StringComparison.Ordinal))
            select $"{type.FullName} uses {target}").Distinct(),
    ];

    private static IEnumerable<IType> TypesOf(string room) => Loaded.Types.Where(t => RoomOf(t) == room);

    /// <summary>The namespace, also of types inside of others.</summary>
    private static string FolderOf(IType type)
    {
        string name = type.FullName.Split('+', '<')[0];
        return name[..Math.Max(0, name.LastIndexOf('.'))];
    }

    /// <summary>The part of the full name behind the engine's; null for types of others.</summary>
    private static string? RoomOf(IType type) =>
        type.FullName.StartsWith(Engine + ".", StringComparison.Ordinal) && type.FullName[(Engine.Length + 1)..].Split('.') is [var room, _, ..] ? room : null;
}
