/// Whose data an operator wants gone, as it goes from a command to a running gateway: a lead's id, or people in the form in which they
/// are looked for, never what a person is called.
package struct Erasure: Sendable, Equatable {
    package enum Subject: Sendable, Equatable {
        /// Meta's id of the lead.
        case lead(String)
        /// `em:<sha256>`, `ph:<sha256>`, `external_id:<sha256>`, `user:<id>`; whoever has one of them.
        case people([String])
    }

    package let subject: Subject
    /// Nil: all workspaces.
    package let workspace: String?

    package init(_ subject: Subject, workspace: String?) {
        self.subject = subject
        self.workspace = workspace
    }

    package var json: JSON {
        switch subject {
        case .lead(let id): ["lead": .string(id), "workspace": .text(workspace)]
        case .people(let people): ["people": .array(people.map(JSON.string)), "workspace": .text(workspace)]
        }
    }

    /// What `json` gave; nil for anything else, such as an address that was not hashed.
    package init?(_ json: JSON) {
        let isPlace = json["workspace"].map { $0.isNull || $0.text != nil } ?? true
        guard isPlace else { return nil }
        workspace = json["workspace"]?.text
        if let lead = json["lead"]?.id, json["people"] == nil {
            subject = .lead(lead)
        } else {
            let items = json["people"]?.items ?? []
            let people = items.compactMap(\.text).filter(Self.isKey)
            guard !people.isEmpty, people.count == items.count, people.count <= 64, json["lead"] == nil else { return nil }
            subject = .people(people)
        }
    }

    private static func isKey(_ text: String) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return false }
        switch parts[0] {
        case "user": return parts[1].utf8.allSatisfy { (0x30...0x39).contains($0) } && parts[1].utf8.count <= 32
        case "em", "ph", "external_id":
            return parts[1].utf8.count == 64
                && parts[1].utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        default: return false
        }
    }
}
