import Core

/// A Page of an advertiser, and the Instagram account that is linked to it.
struct DemoPage: Sendable {
    let id: String
    let name: String
    let token: String
    /// The configuration holds the Page's token; else the gateway asks for it with the workspace's own.
    var isTokenConfigured = false
    var instagram: String?

    /// The environment variable that holds the token.
    var tokenVariable: String { "DEMO_PAGE_TOKEN_\(id)" }

    /// As the configuration writes it.
    var configuration: JSON {
        isTokenConfigured ? ["id": .string(id), "token": .string("${\(tokenVariable)}")] : .string(id)
    }

    /// As the emulator's scenario writes it.
    func scenario(access: String) -> JSON {
        var out = JSONObject([
            .init(key: "id", value: .string(id)), .init(key: "name", value: .string(name)),
            .init(key: "token", value: .string(token)), .init(key: "access", value: .array([.string(access)])),
        ])
        if let instagram { out["instagram"] = .string(instagram) }
        return .object(out)
    }
}
