import Core
import Signing

/// Why conversions are not stored: who sent them, or what they hold.
enum ConversionDenial: Error {
    case source(SourceRefusal)
    /// `source` is nil while it is not known who sent it, `findings` where only the first is told.
    case request(ConversionRefusal, source: String?, findings: [ConversionFinding]?)

    var status: Int {
        switch self {
        case .source(let refusal): refusal.status
        case .request(let refusal, _, _): refusal.status
        }
    }

    var reason: String {
        switch self {
        case .source(let refusal): refusal.rawValue
        case .request(let refusal, _, _): refusal.fault.rawValue
        }
    }

    var source: String? {
        switch self {
        case .source: nil
        case .request(_, let source, _): source
        }
    }

    func json(traceID: String) -> JSON {
        switch self {
        case .source(let refusal):
            GraphRefusal.document(
                message: refusal.message, type: refusal.type, code: refusal.code, subcode: refusal.subcode,
                title: "Not authorised",
                traceID: traceID)
        case .request(let refusal, _, nil): refusal.json(traceID: traceID)
        case .request(let refusal, _, let findings?): Self.with(findings, refusal.json(traceID: traceID))
        }
    }

    private static func with(_ findings: [ConversionFinding], _ document: JSON) -> JSON {
        guard case .object(var error)? = document["error"] else { return document }
        error["findings"] = ConversionAnswer.list(findings)
        return ["error": .object(error)]
    }
}
