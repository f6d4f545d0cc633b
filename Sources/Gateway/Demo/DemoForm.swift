import Core

/// An instant form of a Page.
struct DemoForm: Sendable {
    let id: String
    let page: String
    let name: String
    let questions: [String]
    /// Meta's key of a question to the name that the configuration gives it.
    var names: [(key: String, name: String)] = []

    /// As the emulator's scenario writes it.
    var scenario: JSON {
        [
            "id": .string(id), "page": .string(page), "name": .string(name), "questions": .array(questions.map(JSON.string)),
        ]
    }

    /// As the configuration writes it.
    var configuration: JSON {
        [
            "id": .string(id), "fields": .object(JSONObject(names.map { .init(key: $0.key, value: .string($0.name)) })),
        ]
    }
}
