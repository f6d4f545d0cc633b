package import Core
import Foundation
import Signing

/// What a fixture's `.expect.json` says, as a document; every part may be left out.
package struct FixtureExpectation: Sendable {
    /// The whole document.
    package let document: JSON
    /// When the request was received, in ms since 1970; nil where the file doesn't say.
    package let capturedAtMs: Int64?

    package init(document: JSON) {
        self.document = document
        capturedAtMs = document["captured_at"]?.text.flatMap(Self.time)
    }

    package init(path: String) throws(HTTPFileError) {
        guard let bytes = FileManager.default.contents(atPath: path) else { throw HTTPFileError(path, "can't be read.") }
        let document: JSON
        do {
            document = try JSON.parse(Array(bytes))
        } catch {
            throw HTTPFileError(path, "is no JSON document: \(error.sentence)")
        }
        guard case .object = document else { throw HTTPFileError(path, "holds no JSON object.") }
        let known: Set<String> = ["captured_at", "answer", "events", "entities", "effects", "graph_calls", "after"]
        for member in document.members where !known.contains(member.key) {
            throw HTTPFileError(path, "has \"\(member.key)\", expected \(known.sorted().joined(separator: ", ")).")
        }
        self.init(document: document)
    }

    private static func time(_ text: String) -> Int64? {
        for fractional in [true, false] {
            if let date = try? Date.ISO8601FormatStyle(includingFractionalSeconds: fractional).parse(text) {
                return Int64((date.timeIntervalSince1970 * 1_000).rounded())
            }
        }
        return nil
    }

    package static func text(ofMs ms: Int64) -> String {
        Date(timeIntervalSince1970: TimeInterval(ms) / 1_000).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// A captured request's expectation: that it is taken, and the events that it becomes.
    static func of(_ file: HTTPFile, capturedAt: String, receivedAtMs: Int64) -> [UInt8] {
        var members: [JSONObject.Member] = [
            .init(key: "captured_at", value: .string(capturedAt)),
            .init(key: "answer", value: ["status": .integer(CapturedConversion(file)?.entrance == .gateway ? 202 : 200)]),
        ]
        if CapturedConversion(file) == nil, !file.plainPath.hasPrefix("/callbacks/") {
            let events = WebhookDecoder.decode(
                file.body, receivedAtMs: receivedAtMs, digest: SHA256.hex, conceal: { SHA256.hex(Array($0.utf8)) })
            members.append(.init(key: "events", value: .array(events.map(\.brief))))
        }
        return JSON.object(JSONObject(members)).pretty()
    }
}

extension Event {
    /// What a capture says of an event: what it is and what it names.
    fileprivate var brief: JSON {
        [
            "kind": .string(kind), "object_id": .string(objectID),
            "entities": .array(entities.map { [.string($0.level.rawValue), .string($0.id)] }),
        ]
    }
}

extension JSON {
    /// One line per member of the outermost object, one per element of its lists: for files that people read and compare.
    package func pretty() -> [UInt8] {
        guard case .object(let object) = self else { return bytes() }
        let lines = object.members.map { member -> String in
            let key = JSON.string(member.key).encoded()
            guard case .array(let items) = member.value, !items.isEmpty else { return "  \(key): \(member.value.encoded())" }
            return "  \(key): [\n" + items.map { "    \($0.encoded())" }.joined(separator: ",\n") + "\n  ]"
        }
        return Array(("{\n" + lines.joined(separator: ",\n") + "\n}\n").utf8)
    }
}
