namespace QuantBuildTasks.Runtime.Tests;

public sealed class ModelIndexTests
{
    private static readonly string Hash = new('a', 64);
    private static readonly string Start = "quant-index\t1\nmodel\tFashion\tmodels/fashion.onnx\n";

    [Fact]
    public void Every_field_is_read()
    {
        ModelIndex index = Parse(Start
            + $"variant\tx64-vnni\tQuantBuildTasks/Fashion/x64-vnni.onnx\t{Hash}\t483541\tx64\tavx512-vnni|avx-vnni\n"
            + $"variant\tarm64\tQuantBuildTasks/Fashion/arm64.onnx\t{Hash}\t483542\tarm64\t-\n");

        Assert.Equal("models/fashion.onnx", index.Source);
        Assert.Equal(2, index.Variants.Count);
        ModelVariant vnni = index.Variants[0];
        Assert.Equal("x64-vnni", vnni.Profile);
        Assert.Equal("QuantBuildTasks/Fashion/x64-vnni.onnx", vnni.Resource);
        Assert.Equal(Hash, vnni.Sha256);
        Assert.Equal(483541, vnni.Length);
        Assert.Equal("x64", vnni.Architecture);
        Assert.Equal(["avx512-vnni", "avx-vnni"], vnni.Features);
        Assert.Empty(index.Variants[1].Features);
    }

    [Fact]
    public void Profiles_with_equal_bytes_share_a_resource()
    {
        ModelIndex index = Parse(Start + Variant(profile: "a", resource: "r") + Variant(profile: "b", resource: "r"));

        Assert.Equal(index.Variants[0].Resource, index.Variants[1].Resource);
    }

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("not an index\n", "line 1")]
    [InlineData("quant-index\t1\n", "line 2")]
    [InlineData("quant-index\t1\nmodel\tFashion\n", "line 2")]
    [InlineData("quant-index\t1\nmodel\tFashion\tm.onnx\n", "no variant")]
    [InlineData("quant-index\t1\nmodel\tFashion\tm.onnx\nvariant\tx64-vnni\tr\n", "line 3: 'variant' and six or seven fields are expected, it has 3")]
    public void A_broken_index_is_QBT5005_and_says_where(string text, string expected)
    {
        var exception = Assert.Throws<QuantModelException>(() => Parse(text));

        Assert.Equal("QBT5005", exception.Code);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hash_of_another_form_is_refused() => AssertRefused(Variant(hash: new string('A', 64)), "is not a SHA-256");

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("2147483648")]
    public void A_length_that_no_model_can_have_is_refused(string length) => AssertRefused(Variant(length: length), $"'{length}' is not a length");

    [Fact]
    public void An_empty_feature_is_refused() => AssertRefused(Variant(features: "avx2|"), "empty feature");

    [Fact]
    public void A_version_of_ONNX_Runtime_may_follow()
    {
        Assert.Equal(new Version(1, 32), Assert.Single(Parse(Start + Variant(features: "avx2\t1.32")).Variants).MinimumRuntimeVersion);
        Assert.Null(Assert.Single(Parse(Start + Variant()).Variants).MinimumRuntimeVersion);
        AssertRefused(Variant(features: "avx2\tnew"), "'new' is not a version");
    }

    [Fact]
    public void The_same_profile_twice_is_refused() => AssertRefused(Variant() + Variant(), "line 4: profile 'x64-vnni' stands there twice");

    [Fact]
    public void A_newer_format_says_that_the_packages_do_not_belong_together()
    {
        var exception = Assert.Throws<QuantModelException>(() => Parse("quant-index\t2\nanything"));

        Assert.Equal("QBT5005", exception.Code);
        Assert.Contains("format 2", exception.Message, StringComparison.Ordinal);
        Assert.Contains("same version", exception.Message, StringComparison.Ordinal);
    }

    private static void AssertRefused(string variants, string expected)
    {
        var exception = Assert.Throws<QuantModelException>(() => Parse(Start + variants));
        Assert.Equal("QBT5005", exception.Code);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    private static string Variant(string profile = "x64-vnni", string resource = "r", string? hash = null, string length = "7", string features = "avx2") =>
        $"variant\t{profile}\t{resource}\t{hash ?? Hash}\t{length}\tx64\t{features}\n";

    private static ModelIndex Parse(string text) => ModelIndex.Parse(new StringReader(text), "QuantBuildTasks/Fashion/index.tsv");
}
