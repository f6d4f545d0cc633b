import Core
import Signing

/// The bytes of a delivery without what some of its events were made of; all other events can still be read from it.
enum Redaction {
    /// Nil: nothing of it can be kept.
    static func redact(_ request: CapturedRequest, kind: EnvelopeKind, positions: Set<Int>) -> CapturedRequest? {
        guard let document = JSON.sealed(request.body) else { return nil }
        let values = positions.compactMap { value(of: $0, in: request.body, kind) }
        // A signature over other bytes would only mislead.
        let headers = request.headers.filter { !$0.name.hasPrefix("x-hub-signature") }.map { ($0.name, $0.value) }
        return CapturedRequest(
            method: request.method, target: request.target, headers: headers, body: document.without(values).bytes())
    }

    private static func value(of position: Int, in body: [UInt8], _ kind: EnvelopeKind) -> JSON? {
        switch kind {
        case .webhook: WebhookDecoder.value(of: position, in: body)
        case .conversions: JSON.sealed(body)?["data"]?.items.conversion(at: position)
        case .callback: nil
        }
    }
}

extension JSON {
    /// Wherever one of the values stands, an empty one of its kind stands instead.
    fileprivate func without(_ values: [JSON]) -> JSON {
        let isErased = values.contains(self)
        return switch self {
        case .array(let items): .array(isErased ? [] : items.map { $0.without(values) })
        case .object(let object):
            .object(
                JSONObject(isErased ? [] : object.members.map { .init(key: $0.key, value: $0.value.without(values)) }))
        case .string: isErased ? "" : self
        case .null, .bool, .number: self
        }
    }
}
