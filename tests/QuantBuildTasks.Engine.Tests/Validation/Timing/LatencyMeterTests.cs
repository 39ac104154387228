using QuantBuildTasks.Engine.Inference;
using QuantBuildTasks.Engine.Model;
using QuantBuildTasks.Engine.Validation.Timing;

namespace QuantBuildTasks.Engine.Tests.Validation.Timing;

public sealed class LatencyMeterTests
{
    private static readonly Dictionary<string, Tensor> NoInputs = [];

    [Theory]
    [InlineData(0.0002)]
    [InlineData(0.02)]
    [InlineData(0.7)]
    [InlineData(30)]
    public void Speed_is_float_time_over_candidate_time(double seconds)
    {
        var clock = new HandClock();
        Latency latency = new LatencyMeter(clock).Measure(Session(clock, () => seconds), Session(clock, () => seconds / 2), NoInputs);

        Assert.Equal(2, latency.Speedup, 1e-3);
        Assert.Equal(seconds, latency.Reference.TotalSeconds, seconds * 1e-3);
    }

    [Theory]
    [InlineData(0.00001)]
    [InlineData(0.001)]
    [InlineData(0.1)]
    public void It_takes_less_than_two_seconds_for_models_of_usual_speed(double seconds)
    {
        var clock = new HandClock();
        new LatencyMeter(clock).Measure(Session(clock, () => seconds), Session(clock, () => seconds), NoInputs);

        Assert.InRange(clock.Seconds, 0, 2.2);
    }

    [Fact]
    public void A_disturbance_does_not_change_the_median()
    {
        var clock = new HandClock();
        int runs = 0;
        double Disturbed() => runs++ is > 100 and < 120 ? 0.5 : 0.001;

        Latency latency = new LatencyMeter(clock).Measure(Session(clock, Disturbed), Session(clock, () => 0.0005), NoInputs);

        Assert.Equal(2, latency.Speedup, 1e-3);
    }

    [Fact]
    public void A_clock_that_stands_still_gives_no_division_by_zero() =>
        Assert.Equal(1, new LatencyMeter(new HandClock()).Measure(Session(new HandClock(), () => 0), Session(new HandClock(), () => 0), NoInputs).Speedup);

    private static FakeSession Session(HandClock clock, Func<double> seconds) => new FakeSession(new FakeModel(
        new ModelPort("y", ElementType.Float32, new Shape()),
        _ =>
        {
            clock.Seconds += seconds();
            return Tensor.Scalar(0f);
        }));

    private sealed class HandClock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => (long)(Seconds * 1e9);
    }
}
