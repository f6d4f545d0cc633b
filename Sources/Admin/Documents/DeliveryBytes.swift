import Core
import Signing
import Storage

/// What a delivery held, as it came in: as text where it is text, else in hexadecimal digits.
struct DeliveryBytes {
    /// Of a larger body only the beginning is shown.
    static let shownMax = 256 * 1024

    private let delivery: StoredDelivery
    /// Of the event whose part is asked for; nil: none.
    private let position: Int?

    init(_ delivery: StoredDelivery, position: Int?) {
        self.delivery = delivery
        self.position = position
    }

    var document: JSON {
        guard let request = delivery.request else { return Self.none(delivery.isErased ? "erased" : "unreadable") }
        let shown = Array(request.body.prefix(Self.shownMax))
        let text = Self.text(shown, isCut: shown.count < request.body.count)
        return [
            "state": "shown", "method": .string(request.method), "target": .string(request.target),
            "headers": .array(request.headers.map { ["name": .string($0.name), "value": .string($0.value)] }),
            "size": .integer(request.body.count), "is_cut": .bool(shown.count < request.body.count),
            "encoding": text == nil ? "hex" : "text", "body": .string(text ?? Hex.text(shown)),
            "value": .text(value(in: request)),
        ]
    }

    private static func none(_ state: String) -> JSON {
        [
            "state": .string(state), "method": .null, "target": .null, "headers": [], "size": 0, "is_cut": false,
            "encoding": "text",
            "body": "", "value": .null,
        ]
    }

    /// Nil for bytes that are no UTF-8, or hold a zero. A cut may have gone through a character.
    private static func text(_ bytes: [UInt8], isCut: Bool) -> String? {
        guard !bytes.contains(0) else { return nil }
        for dropped in 0...(isCut ? 3 : 0) {
            if let text = String(validating: bytes.dropLast(dropped), as: UTF8.self) { return text }
        }
        return nil
    }

    /// The one change that became the event, as JSON.
    private func value(in request: CapturedRequest) -> String? {
        guard let position else { return nil }
        let value: JSON? =
            switch delivery.kind {
            case .webhook: WebhookDecoder.value(of: position, in: request.body)
            case .conversions: Self.parse(request.body)?["data"]?.items.conversion(at: position)
            case .callback: nil
            }
        return value?.encoded()
    }

    private static func parse(_ bytes: [UInt8]) -> JSON? {
        do throws(JSONError) {
            return try JSON.parse(bytes)
        } catch {
            return nil  // bytes that were refused are shown as they are
        }
    }
}
