namespace QuantBuildTasks.Engine.Planning.Recurrent;

/// <summary>
/// How long an LSTM takes on one thread with one sequence, in microseconds: t = call + step·T + unit·H·T + input·4HI·T + recurrence·4H²·T + weight·4H(I + H), with T steps, I inputs
/// and H hidden units. Fitted to times of both kernels over I 8…512, H 16…512, T 1…64 on x64 with AVX512-VNNI (`benchmarks/Recurrent`), which it meets to 12 %
/// near where they are equal. The integer kernel finds the range of its state and rounds it in every step, which float32 does not; it reads a quarter of the bytes.
/// For other processors the ratio is estimated to be the same: both kernels wait for weights there too.
/// </summary>
internal static class LstmCost
{
    /// <summary>What must be gained at least for integers: accuracy is lost in any case.</summary>
    public const double MostRatio = 0.95;

    /// <summary>Where the caller decides how many steps there are.</summary>
    private const int UsualSteps = 16;

    private static readonly Times Float = new(Call: 0.80, Step: 0.150, Unit: 0, Input: 1.65e-5, Recurrence: 4.30e-5, Weight: 2.33e-5);
    private static readonly Times Integer = new(Call: 1.75, Step: 0.245, Unit: 3.34e-3, Input: 5.15e-6, Recurrence: 1.24e-5, Weight: 1.32e-5);

    /// <summary>Time of the integer kernel ÷ time of the float32 one.</summary>
    public static double Ratio(LstmShape shape) => Integer.Of(shape) / Float.Of(shape);

    private readonly record struct Times(double Call, double Step, double Unit, double Input, double Recurrence, double Weight)
    {
        /// <summary>Both directions take the same time.</summary>
        public double Of(LstmShape shape)
        {
            double steps = shape.Steps ?? UsualSteps;
            double input = 4.0 * shape.Hidden * shape.Input;
            double recurrence = 4.0 * shape.Hidden * shape.Hidden;
            return Call + (steps * (Step + (Unit * shape.Hidden) + (Input * input) + (Recurrence * recurrence))) + (Weight * (input + recurrence));
        }
    }
}
