import Core
import Metrics
import Storage

/// What the report and the metrics learn of the conversions of one transaction.
///
/// It is counted before the transaction as if all were new, so that the transaction has only the repeats to put right.
struct ConversionCount: Sendable {
    private(set) var tally = ReportTally()

    init(_ plans: [DecodingPlan]) {
        for plan in plans {
            for planned in plan.events {
                guard let conversion = planned.conversion else { continue }
                tally.add(conversion, workspace: planned.workspace, receivedAtMs: plan.receivedAtMs)
            }
        }
    }

    /// `new`: the ids of all events that were not there before.
    func correct(_ plans: [DecodingPlan], new: Set<Int64>) -> ConversionCount {
        var corrected = self
        for plan in plans {
            for planned in plan.events {
                guard let conversion = planned.conversion,
                    !new.contains(Transaction.eventID(seq: plan.seq, position: planned.event.position))
                else { continue }
                corrected.tally.turnDuplicate(conversion, workspace: planned.workspace, receivedAtMs: plan.receivedAtMs)
            }
        }
        return corrected
    }

    /// The few figures that somebody is woken for; the rest is in the report.
    func emit() {
        for row in tally.rows {
            guard let outcome = Self.outcome(of: row.figure) else { continue }
            Counter(
                label: "touchstone_conversions_decoded_total", dimensions: [("source", row.group.source), ("outcome", outcome)]
            ).increment(by: row.n)
        }
    }

    /// What is told apart: why an event stays here.
    private static func outcome(of figure: String) -> String? {
        switch figure {
        case ReportFigure.received: return "received"
        case ReportFigure.duplicates: return "duplicate"
        case ReportFigure.tests: return "test"
        case _:
            guard figure.hasPrefix(ReportFigure.held) else { return nil }
            let reason = String(figure.dropFirst(ReportFigure.held.count))
            return ServerEvent.Reason(rawValue: reason)?.rawValue ?? "left_out"
        }
    }
}
