namespace QuantBuildTasks.Engine.Data.Images;

/// <summary>How pixels are weighted when an image is made larger or smaller; the names are Pillow's.</summary>
internal enum ResizeFilter
{
    /// <summary>The pixel under the centre of the new one; no others.</summary>
    Nearest,

    /// <summary>All pixels that the new one covers, with equal weight.</summary>
    Box,

    /// <summary>A triangle, one pixel to each side.</summary>
    Bilinear,

    /// <summary>Keys' cubic with a = −0.5, two pixels to each side.</summary>
    Bicubic,

    /// <summary>Windowed sinc, three pixels to each side.</summary>
    Lanczos3,
}
