namespace QuantBuildTasks.Engine.Diagnostics;

/// <summary>
/// All diagnostic codes. They are stable: a code is never given another meaning. Each has a section in docs/diagnostics.md (a test holds that).
/// 1xxx input, 2xxx quantization, 3xxx gates, 4xxx cache, lock and packaging, 5xxx environment, 9xxx a defect of ours.
/// </summary>
internal static class Codes
{
    public const string ModelNotFound = "QBT1001";
    public const string ModelUnreadable = "QBT1002";
    public const string GitLfsPointer = "QBT1003";
    public const string ModelUnsupported = "QBT1004";
    public const string NotFinite = "QBT1005";
    public const string InvalidModel = "QBT1006";
    public const string ExternalData = "QBT1007";
    public const string DataNotFound = "QBT1010";
    public const string DataUnreadable = "QBT1011";
    public const string DataMismatch = "QBT1012";
    public const string LabelsMismatch = "QBT1013";
    public const string DataMissing = "QBT1014";
    public const string ImageUnreadable = "QBT1015";
    public const string ImagesDoNotSuit = "QBT1016";
    public const string UnknownOutput = "QBT1017";
    public const string ReferenceMismatch = "QBT1018";
    public const string UnknownMetadata = "QBT1020";
    public const string InvalidValue = "QBT1021";
    public const string NotImplementedYet = "QBT1022";
    public const string DuplicateClassName = "QBT1023";
    public const string BadProfile = "QBT1024";
    public const string NotSdkStyle = "QBT1025";
    public const string BadRequest = "QBT1026";
    public const string NoAccessorForLanguage = "QBT1028";
    public const string UnusedPattern = "QBT1027";
    public const string ValidationFromCalibration = "QBT1030";
    public const string UnknownPin = "QBT1031";
    public const string BadPin = "QBT1032";

    public const string NothingToQuantize = "QBT2001";
    public const string AlreadyQuantized = "QBT2002";
    public const string BranchNotTaken = "QBT2003";
    public const string Searched = "QBT2004";

    public const string AccuracyRegressed = "QBT3001";
    public const string TooLarge = "QBT3002";
    public const string TooSlow = "QBT3003";
    public const string CanSaturate = "QBT3004";
    public const string NonFiniteOutput = "QBT3005";
    public const string TooFewSamples = "QBT3010";
    public const string Slower = "QBT3011";
    public const string MaySaturate = "QBT3012";

    public const string CannotWrite = "QBT4001";
    public const string NotEmbedded = "QBT4002";
    public const string TooLargeToEmbed = "QBT4003";

    public const string NoDotNetRuntime = "QBT5001";
    public const string NativeLibraryUnavailable = "QBT5002";
    public const string NoNativeInOutput = "QBT5003";
    public const string NoVariantForProcessor = "QBT5004";
    public const string VariantCorrupt = "QBT5005";
    public const string CannotMeasureHere = "QBT5006";
    public const string EmulatorUnusable = "QBT5007";
    public const string EmulatorFailed = "QBT5008";
    public const string NoEmulator = "QBT5009";

    public const string InternalDefect = "QBT9001";
    public const string WorkerDied = "QBT9002";
    public const string RewriteChangedResult = "QBT9003";
}
