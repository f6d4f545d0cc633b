import Core
import Foundation
import Logging

/// One JSON document per line on stderr: time, level, event, message, trace, fields.
struct JSONLogHandler: LogHandler {
    private let label: String
    private let write: @Sendable (String) -> Void
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    /// `write` gets a line with its end, and writes it as one.
    init(label: String, write: @escaping @Sendable (String) -> Void = Self.toStandardError) {
        self.label = label
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        write(Self.line(event, fields: fields(of: event), label: label, at: Date()) + "\n")
    }

    private func fields(of event: LogEvent) -> Logger.Metadata {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let own = event.metadata { fields.merge(own) { $1 } }
        if let error = event.error { fields["error"] = "\(error)" }
        return fields
    }

    /// Without its end.
    static func line(_ event: LogEvent, fields: Logger.Metadata, label: String, at time: Date) -> String {
        var fields = fields
        let trace = fields.removeValue(forKey: "trace")
        let sorted = fields.sorted { $0.key < $1.key }.map { JSONObject.Member(key: $0.key, value: value($0.value)) }
        let message = "\(event.message)"
        let document: JSON = [
            "time": .string(time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))),
            "level": .string(event.level.rawValue),
            "event": .string(name(of: message)), "message": .string(message), "trace": trace.map(value) ?? .null,
            "fields": .object(JSONObject(sorted)), "logger": .string(label), "source": .string(event.source),
        ]
        return document.encoded()
    }

    /// Messages are constant sentences: `Refused a delivery.` is the event `refused_a_delivery`.
    static func name(of message: String) -> String {
        let words = message.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        return words.joined(separator: "_")
    }

    private static func value(_ value: Logger.Metadata.Value) -> JSON {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let thing): .string("\(thing)")
        case .array(let items): .array(items.map(Self.value))
        case .dictionary(let members):
            .object(JSONObject(members.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: Self.value($0.value)) }))
        }
    }

    @Sendable private static func toStandardError(_ line: String) {
        do {
            try FileHandle.standardError.write(contentsOf: Data(line.utf8))
        } catch {
            return  // nobody reads the log any more: there is nowhere to say so
        }
    }
}
