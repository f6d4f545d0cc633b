extension Limits {
    /// Body of a stage of a lead, at the entrance for CRMs; they are some 100 bytes.
    package static let stageBytesMax = 16 * 1024
    /// Events of one request, at the entrance and at Meta's.
    package static let conversionsPerRequestMax = 1_000
    /// Datasets that get a copy of a source's events: with the events themselves they are places of one delivery (`ConversionPlace`).
    package static let conversionCopiesMax = 3
    /// How long a refund waits for its order's purchase: shops send the two in any order.
    package static let refundWaitMs: Int64 = 15 * 60_000
    /// How old an event may be.
    package static let conversionAgeMaxSeconds: Int64 = 7 * 86_400
    /// The same for sales in a shop (`physical_store`), which are uploaded later.
    package static let storeConversionAgeMaxSeconds: Int64 = 62 * 86_400
    /// How old the event may be that an `AppendAttribution` is about.
    package static let attributionAgeMaxSeconds: Int64 = 48 * 3_600
    /// How far ahead of ours the clock of a shop may go; its times are set back to now.
    package static let conversionSkewMaxSeconds: Int64 = 300
    /// Findings that one request gets; what comes after them changes neither the answer nor what is stored.
    static let conversionFindingsMax = 1_000
    /// Findings that are kept with one event: in what is stored of it, and of one that was refused.
    static let conversionFindingsKeptMax = 20
    /// Length of a path in a kept finding; those of Meta's own keys are below 100.
    static let conversionPathBytesMax = 256
    /// How old a click or a browser's id may be before it is said: the life of Meta's cookies.
    static let clickAgeMaxMs: Int64 = 90 * 86_400_000
    /// Longest click id; those seen have up to 200 characters.
    static let clickIDBytesMax = 500
    /// Sentences in the `messages` of an answer.
    static let conversionMessagesMax = 20
    /// Fields of a form; the SDKs send up to nine.
    static let formFieldsMax = 100
    /// The header block of one part of a multipart body; clients write some 150 bytes.
    static let partHeaderBytesMax = 2 * 1024
    /// Deepest nesting of one event: the body in which it is kept puts an object and a list around it.
    static let conversionDepthMax = jsonDepthMax - 2
    /// A shop's own list of orders, which is read whole: some two million lines.
    package static let csvBytesMax = 256 * 1024 * 1024
    /// Fields of one line of it; shops export up to a hundred.
    static let csvColumnsMax = 1_000
}
