package import Core
import Signing

/// A conversion with what its sender may know of it.
package struct ToldConversion: Sendable {
    package let conversion: StoredConversion
    /// How often the same was told again, and dropped.
    package let repeats: Int
    /// Nil: erased, pruned, or sealed under another key.
    private let request: [UInt8]?
    private let position: Int

    init(conversion: StoredConversion, repeats: Int, request: [UInt8]?, position: Int) {
        self.conversion = conversion
        self.repeats = repeats
        self.request = request
        self.position = position
    }

    /// The event as it is stored. It is read here, and not where the database waits for it: a request can be large.
    package func stored() -> JSON? { request.flatMap { ConversionDecoder.event(at: position, in: $0) } }
}

extension Transaction {
    private static let toldMax = 20

    /// The events of one source under one id, newest first, a few at most.
    ///
    /// `conversionID`: as `ConversionDecoder.key` makes it.
    package func told(source: String, conversionID: String) throws(StoreError) -> [ToldConversion] {
        let conversions = try run(
            """
            SELECT * FROM conversion_events WHERE source = \(source) AND conversion_id = \(conversionID)
            ORDER BY event_id DESC LIMIT \(Self.toldMax)
            """
        ).decoded { row throws(StoreError) in try StoredConversion(row) }
        var told: [ToldConversion] = []
        for conversion in conversions {
            let repeats = try run(
                "SELECT COUNT(*) AS count FROM conversion_repeats WHERE first_event_id = \(conversion.eventID)")[0].int("count")
            // of a decoded event the place is in its id
            let (seq, position) = conversion.eventID.quotientAndRemainder(dividingBy: 4096)
            told.append(
                ToldConversion(
                    conversion: conversion, repeats: repeats, request: try delivery(seq)?.request?.body, position: Int(position)))
        }
        return told
    }
}
