import Core
import Foundation

/// Raw personal values of the reference vectors, of those that have a hash and stand for somebody.
struct DemoVectors: Sendable {
    static let fields = ["ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country"]

    private let raws: [String: [String]]

    /// From `capi-normalization-vectors.json` and `junk-hashes.json` in `fixtures/reference`.
    init(folder: String) throws(DemoError) {
        let path = "\(folder)/reference/capi-normalization-vectors.json"
        let document = try Self.document(path)
        // A gateway leaves out what stands for nobody, although it has a hash.
        let junk = Set(try Self.document("\(folder)/reference/junk-hashes.json").items.compactMap { $0["sha256"]?.text })
        var raws: [String: [String]] = [:]
        for vector in document["vectors"]?.items ?? [] {
            guard let field = vector["field"]?.text, case .string(let raw)? = vector["raw"],
                let hash = vector["recommended"]?["sha256"]?.text, !junk.contains(hash),
                raw.unicodeScalars.allSatisfy({ $0.value >= 0x20 })
            else { continue }
            raws[field, default: []].append(raw)
        }
        guard Self.fields.allSatisfy({ raws[$0]?.isEmpty == false }) else {
            throw .unreadable("\(path) lacks vectors of some field.")
        }
        self.raws = raws
    }

    private static func document(_ path: String) throws(DemoError) -> JSON {
        guard let bytes = FileManager.default.contents(atPath: path), let document = try? JSON.parse(bytes) else {
            throw .missing("\(path); start the demo in the repository.")
        }
        return document
    }

    /// One of the field's; the same draw is the same value.
    func raw(_ field: String, _ draw: Int64) -> String {
        let values = raws[field] ?? []
        return values.isEmpty ? "" : values[Int(draw) % values.count]
    }
}
