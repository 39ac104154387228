using System.Runtime.CompilerServices;

namespace QuantBuildTasks.Engine.Model.Checking;

/// <summary>The text of a broken rule, which is put together only where the rule is broken: a model has many nodes, and most are well.</summary>
[InterpolatedStringHandler]
internal ref struct Complaint
{
    private DefaultInterpolatedStringHandler _text;
    private readonly bool _isNeeded;

    public Complaint(int literalLength, int formattedCount, bool holds, out bool isNeeded)
    {
        _isNeeded = isNeeded = !holds;
        _text = isNeeded ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    public string Text => _isNeeded ? _text.ToString() : "";

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);
}
