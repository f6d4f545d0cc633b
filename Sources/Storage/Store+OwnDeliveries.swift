package import Signing

/// Deliveries that we make ourselves: conversions that were mended, and leads that are reported.
extension Transaction {
    /// Stores it in this transaction, and not beside the writer as what comes in; its place in the order of storing.
    @discardableResult
    package func append(_ envelope: Envelope, receivedAtMs: Int64) throws(StoreError) -> Int64 {
        let plain = envelope.request.encode()
        guard isShared else {
            return try append(app: envelope.app, kind: envelope.kind, plain: plain, receivedAtMs: receivedAtMs)
        }
        let today = receivedAtMs / 86_400_000
        let seq = try run("SELECT touchstone_next_seqs(1, \(today << 29)) AS seq")[0].int64("seq")
        try run("SELECT touchstone_make_day(\(seq >> 29)) AS made")
        try append(app: envelope.app, kind: envelope.kind, plain: plain, receivedAtMs: receivedAtMs, seq: seq)
        return seq
    }

    /// Whether a source has told of the event before, whatever became of it. `conversionID` as `ConversionDecoder.key` has it.
    package func isKnown(
        _ conversionID: String, source: String, dataset: String, workspace: String
    ) throws(StoreError) -> Bool {
        try !run(
            """
            SELECT 1 FROM conversion_events WHERE source = \(source) AND conversion_id = \(conversionID)
                AND workspace_id = \(workspace) AND dataset = \(dataset) LIMIT 1
            """
        ).isEmpty
    }
}
