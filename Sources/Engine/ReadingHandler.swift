import Core
package import Storage

/// A step that needs no more than one read of the store: where all steps of a chain are such, the events of many jobs go through it together.
///
/// It neither waits nor calls anybody.
package protocol ReadingHandler: Handler {
    /// Whether one read is enough for this event; if not, it goes through its chain alone, by `handle`.
    static func isEnough(for event: StoredEvent) -> Bool
    /// What it throws beside `HandlerError` is the store's fault, and not the event's.
    func decide(_ work: inout Work, _ reading: Reading) throws
}

extension ReadingHandler {
    package static func isEnough(for event: StoredEvent) -> Bool { true }
}

/// A step that is about conversions and nothing else.
package protocol ConversionHandler: ReadingHandler {
    /// Called for a conversion that somebody owns and that is not set aside.
    func decide(on conversion: StoredConversion, _ work: inout Work, _ reading: Reading) throws
}

extension ConversionHandler {
    package func decide(_ work: inout Work, _ reading: Reading) throws {
        guard work.event.object == ConversionDecoder.object else { return }
        guard work.workspace != nil else { throw HandlerError.dead(.sourceGone) }
        guard let conversion = reading.conversion(work.event.id), !conversion.isSetAside else { return }
        try decide(on: conversion, &work, reading)
    }

    package func handle(_ work: inout Work) async throws(HandlerError) { try await decideAlone(&work) }

    /// With a read of its own.
    func decideAlone(_ work: inout Work) async throws(HandlerError) {
        guard work.event.object == ConversionDecoder.object else { return }
        let before = work
        do {
            let parts = try await work.reach.deliveries.parts(of: [work.event])
            work = try await work.reach.store.read { transaction in
                var work = before
                try decide(&work, Reading([work.event], parts, in: transaction))
                return work
            }
        } catch let error as HandlerError {
            throw error
        } catch {
            throw .failed(.retry(.unreadableStore))
        }
    }
}
