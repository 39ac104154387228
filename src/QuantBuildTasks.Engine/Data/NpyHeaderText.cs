namespace QuantBuildTasks.Engine.Data;

/// <summary>
/// Reads the dictionary in an .npy header, for example <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (512, 1, 28, 28), }</c>:
/// just the literals that NumPy writes, and the <c>L</c> behind integers that Python 2 wrote.
/// </summary>
internal ref struct NpyHeaderText
{
    private readonly ReadOnlySpan<char> _text;
    private int _position;

    private NpyHeaderText(ReadOnlySpan<char> text) => _text = text;

    /// <summary>The three entries.</summary>
    /// <exception cref="InvalidDataException">Anything else than such a dictionary, or a structured dtype.</exception>
    public static (string Descr, bool FortranOrder, List<long> Dims) Parse(string text)
    {
        var parser = new NpyHeaderText(text);
        string? descr = null;
        bool? fortranOrder = null;
        List<long>? dims = null;
        parser.Expect('{');
        while (!parser.TryTake('}'))
        {
            string key = parser.String();
            parser.Expect(':');
            switch (key)
            {
                case "descr":
                    descr = parser.Descr();
                    break;
                case "fortran_order":
                    fortranOrder = parser.Bool();
                    break;
                case "shape":
                    dims = parser.Tuple();
                    break;
                default:
                    throw Malformed();
            }

            if (!parser.TryTake(','))
            {
                parser.Expect('}');
                break;
            }
        }

        return parser.AtEnd() && descr is { Length: > 0 } && fortranOrder is { } order && dims is not null
            ? (descr, order, dims)
            : throw Malformed();
    }

    private string Descr() => Peek() is '\'' or '"'
        ? String()
        : throw new InvalidDataException("it has named fields (a structured dtype); save each field as an array of its own");

    private string String()
    {
        char quote = Peek();
        if (quote is not ('\'' or '"'))
        {
            throw Malformed();
        }

        ReadOnlySpan<char> rest = _text[(_position + 1)..];
        int end = rest.IndexOf(quote);
        if (end < 0)
        {
            throw Malformed();
        }

        _position += end + 2;
        return rest[..end].ToString();
    }

    private bool Bool() => TryTake("True") || (TryTake("False") ? false : throw Malformed());

    private List<long> Tuple()
    {
        var items = new List<long>();
        Expect('(');
        while (!TryTake(')'))
        {
            items.Add(Integer());
            if (!TryTake(','))
            {
                Expect(')');
                break;
            }
        }

        return items;
    }

    private long Integer()
    {
        Peek();
        long value = 0;
        int start = _position;
        for (; _position < _text.Length && char.IsAsciiDigit(_text[_position]); _position++)
        {
            int digit = _text[_position] - '0';
            if (value > (long.MaxValue - digit) / 10)
            {
                throw Malformed();
            }

            value = (value * 10) + digit;
        }

        if (_position == start)
        {
            throw Malformed();
        }

        TryTake('L');
        return value;
    }

    private char Peek()
    {
        while (_position < _text.Length && char.IsWhiteSpace(_text[_position]))
        {
            _position++;
        }

        return _position < _text.Length ? _text[_position] : '\0';
    }

    private bool AtEnd() => Peek() == '\0' && _position >= _text.Length;

    private bool TryTake(char expected)
    {
        bool there = Peek() == expected;
        _position += there ? 1 : 0;
        return there;
    }

    private bool TryTake(string expected)
    {
        Peek();
        bool there = _text[_position..].StartsWith(expected, StringComparison.Ordinal);
        _position += there ? expected.Length : 0;
        return there;
    }

    private void Expect(char expected)
    {
        if (!TryTake(expected))
        {
            throw Malformed();
        }
    }

    private static InvalidDataException Malformed() => new("its header is damaged");
}
