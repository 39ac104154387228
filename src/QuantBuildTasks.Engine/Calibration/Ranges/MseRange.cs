using QuantBuildTasks.Engine.Calibration.Histograms;

namespace QuantBuildTasks.Engine.Calibration.Ranges;

/// <summary>
/// The range with the least <see cref="QuantizationError"/>: shrinking trades the error of a few clipped numbers for finer steps for all others.
/// First both ends shrink together by factors of 15/16 until clipping has clearly taken over, then each end moves by itself in steps of
/// 1/16 to 1/128. Never worse, by that error, than the observed range, and the same on every machine: only exactly rounded operations are used.
/// </summary>
/// <param name="Clipping">How often the squared error beyond the half step at either end counts; 1 is the plain squared error.</param>
internal sealed record MseRange(double Clipping) : RangeMethod
{
    private const double Shrink = 15.0 / 16;

    // 15/16 to this power is 1/1000: beyond, outliers are what the model is about.
    private const int MostShrinks = 107;

    // Past its minimum the error grows with the square of what is clipped; this much growth ends the walk.
    private const double Hopeless = 16;

    private const int MostMovesPerStep = 8;

    public override ValueRange Choose(TensorStatistics tensor)
    {
        var search = new Search(tensor.Histogram, Clipping);
        search.ShrinkBothEnds();
        foreach (double step in (ReadOnlySpan<double>)[1.0 / 16, 1.0 / 32, 1.0 / 64, 1.0 / 128])
        {
            search.MoveEachEnd(step);
        }

        return search.Best;
    }

    private sealed class Search
    {
        private readonly Histogram _histogram;
        private readonly ValueRange _observed;
        private readonly double _clipping;
        private double _leastError;

        public Search(Histogram histogram, double clipping)
        {
            _clipping = clipping;
            _histogram = histogram;
            _observed = new ValueRange(histogram.Min, histogram.Max);
            Best = _observed;
            _leastError = QuantizationError.Of(histogram, _observed, clipping);
        }

        public ValueRange Best { get; private set; }

        public void ShrinkBothEnds()
        {
            ValueRange range = _observed;
            for (int i = 0; i < MostShrinks && _leastError > 0; i++)
            {
                range = new ValueRange(range.Min * Shrink, range.Max * Shrink);
                if (Try(range) > Hopeless * _leastError)
                {
                    return;
                }
            }
        }

        public void MoveEachEnd(double step)
        {
            for (int i = 0; i < MostMovesPerStep; i++)
            {
                double before = _leastError;
                Try(new ValueRange(Best.Min, Best.Max * (1 - step)));
                Try(new ValueRange(Best.Min, Math.Min(Best.Max * (1 + step), _observed.Max)));
                Try(new ValueRange(Best.Min * (1 - step), Best.Max));
                Try(new ValueRange(Math.Max(Best.Min * (1 + step), _observed.Min), Best.Max));
                if (_leastError == before)
                {
                    return;
                }
            }
        }

        private double Try(ValueRange range)
        {
            if (range == Best)
            {
                return _leastError;
            }

            double error = QuantizationError.Of(_histogram, range, _clipping);
            if (error < _leastError)
            {
                (Best, _leastError) = (range, error);
            }

            return error;
        }
    }
}
