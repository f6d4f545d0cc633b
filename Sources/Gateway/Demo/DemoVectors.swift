import Core
import Foundation

/// Raw personal values of the reference vectors, of those that have a hash.
struct DemoVectors: Sendable {
    static let fields = ["ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country"]

    private let raws: [String: [String]]

    /// From `fixtures/reference/capi-normalization-vectors.json`.
    init(folder: String) throws(DemoError) {
        let path = "\(folder)/reference/capi-normalization-vectors.json"
        guard let bytes = FileManager.default.contents(atPath: path), let document = try? JSON.parse(bytes) else {
            throw .missing("\(path); start the demo in the repository.")
        }
        var raws: [String: [String]] = [:]
        for vector in document["vectors"]?.items ?? [] {
            guard let field = vector["field"]?.text, case .string(let raw)? = vector["raw"],
                vector["recommended"]?["sha256"] != nil,
                raw.unicodeScalars.allSatisfy({ $0.value >= 0x20 })
            else { continue }
            raws[field, default: []].append(raw)
        }
        guard Self.fields.allSatisfy({ raws[$0]?.isEmpty == false }) else {
            throw .unreadable("\(path) lacks vectors of some field.")
        }
        self.raws = raws
    }

    /// One of the field's; the same draw is the same value.
    func raw(_ field: String, _ draw: Int64) -> String {
        let values = raws[field] ?? []
        return values.isEmpty ? "" : values[Int(draw) % values.count]
    }
}
