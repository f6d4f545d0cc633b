import Core
import Signing

/// Why conversions are not stored: who sent them, or what they hold.
enum ConversionDenial: Error {
    case source(SourceRefusal)
    /// `source` is nil while it is not known who sent it.
    case request(ConversionRefusal, source: String?)

    var status: Int {
        switch self {
        case .source(let refusal): refusal.status
        case .request(let refusal, _): refusal.status
        }
    }

    var reason: String {
        switch self {
        case .source(let refusal): refusal.rawValue
        case .request(let refusal, _): refusal.fault.rawValue
        }
    }

    var source: String? {
        switch self {
        case .source: nil
        case .request(_, let source): source
        }
    }

    func json(traceID: String) -> JSON {
        switch self {
        case .source(let refusal):
            GraphRefusal.document(
                message: refusal.message, type: refusal.type, code: refusal.code, subcode: refusal.subcode,
                title: "Not authorised",
                traceID: traceID)
        case .request(let refusal, _): refusal.json(traceID: traceID)
        }
    }
}
