import Core
import Signing

/// Makes a captured request one that a given gateway takes: its signature, token and proof anew, its times moved.
package struct Resigner: Sendable {
    private let settings: Settings
    /// Added to times; 0 leaves them.
    private let shiftMs: Int64

    package init(settings: Settings, shiftMs: Int64 = 0) {
        self.settings = settings
        self.shiftMs = shiftMs
    }

    /// The request as it would be sent now. Throws where the configuration has nothing to sign it with.
    package func resigned(_ file: HTTPFile) throws(HTTPFileError) -> HTTPFile {
        if let captured = CapturedConversion(file) { return try conversion(file, captured) }
        guard file.method == "POST", !file.plainPath.hasPrefix("/callbacks/") else { return file }
        guard let app = settings.apps.first(where: { file.plainPath == $0.path || file.plainPath == "\($0.path)/\($0.name)" }),
            let secret = app.secrets.first
        else { throw HTTPFileError(file.path, "goes to \(file.plainPath), which is no app's path in the configuration.") }
        let body = Self.shifted(file.body, byMs: shiftMs)
        let kept = file.headers.filter { !["x-hub-signature", "x-hub-signature-256"].contains($0.name.lowercased()) }
        let signature = "sha256=" + HMACSHA256.hex(key: Array(secret.reveal().utf8), body)
        return HTTPFile(
            path: file.path, method: file.method, target: file.target, headers: kept + [("X-Hub-Signature-256", signature)],
            body: body)
    }

    /// Token and proof of the source that may send it, where its entrance looks for them; at the Graph API's in the query, as Meta's SDK for
    /// Python sends them. What came as a form goes out as JSON of the same meaning.
    private func conversion(_ file: HTTPFile, _ captured: CapturedConversion) throws(HTTPFileError) -> HTTPFile {
        let source = try captured.source(in: settings.sources)
        guard let token = source.tokens.first?.reveal() else {
            throw HTTPFileError(file.path, "is for the source \(source.name), which has no token.")
        }
        let proof = source.secrets.first.map { "appsecret_proof=\(AppSecretProof.hex(token: token, secret: $0.reveal()))" }
        var headers = file.headers.filter { $0.name.lowercased() != "authorization" }
        let body: [UInt8]
        if captured.isGraphJSON {
            body = Self.withoutAccess(Self.shifted(file.body, byMs: shiftMs))
        } else {
            headers = headers.filter { $0.name.lowercased() != "content-type" } + [("Content-Type", "application/json")]
            body = Self.shifted(try captured.document(), byMs: shiftMs).bytes()
        }
        let query: [String]
        switch captured.entrance {
        case .graph: query = ["access_token=\(token)", proof].compactMap(\.self)
        case .gateway: query = ["accessKey=\(token)"]
        case .own:
            query = [captured.dataset.map { "dataset=\($0)" }, proof].compactMap(\.self)
            headers.append(("Authorization", "Bearer \(token)"))
        }
        let target = query.isEmpty ? file.plainPath : "\(file.plainPath)?\(query.joined(separator: "&"))"
        return HTTPFile(path: file.path, method: file.method, target: target, headers: headers, body: body)
    }

    private static func withoutAccess(_ body: [UInt8]) -> [UInt8] {
        guard case .object(let object)? = try? JSON.parse(body) else { return body }
        let access: Set<String> = ["access_token", "appsecret_proof", "appsecret_time"]
        guard object.members.contains(where: { access.contains($0.key) }) else { return body }
        return JSON.object(JSONObject(object.members.filter { !access.contains($0.key) })).bytes()
    }

    // MARK: times

    private static let times: Set<String> = ["event_time", "time", "created_time", "edited_time", "updated_time", "timestamp"]

    /// The body with every time in it moved; as it was when it is no JSON or nothing is to be moved.
    package static func shifted(_ body: [UInt8], byMs shiftMs: Int64) -> [UInt8] {
        guard shiftMs != 0, let document = try? JSON.parse(body) else { return body }
        return shifted(document, byMs: shiftMs).bytes()
    }

    private static func shifted(_ value: JSON, byMs shiftMs: Int64) -> JSON {
        switch value {
        case .array(let items): return .array(items.map { shifted($0, byMs: shiftMs) })
        case .object(let object):
            return .object(
                JSONObject(
                    object.members.map { member in
                        let moved = times.contains(member.key) ? moved(member.value, byMs: shiftMs) : nil
                        return .init(key: member.key, value: moved ?? shifted(member.value, byMs: shiftMs))
                    }))
        case .null, .bool, .number, .string: return value
        }
    }

    /// Seconds or milliseconds since 1970, whichever it was; nil for anything else.
    private static func moved(_ value: JSON, byMs shiftMs: Int64) -> JSON? {
        guard let time = value.integer, time > 0 else { return nil }
        let moved = time < 100_000_000_000 ? time + shiftMs / 1_000 : time + shiftMs
        if case .string = value { return .string(String(moved)) }
        return .integer(moved)
    }

    /// The newest time in the body, in ms since 1970: what a shift to now is counted from.
    package static func newestMs(_ body: [UInt8]) -> Int64? {
        guard let document = try? JSON.parse(body) else { return nil }
        return newestMs(document)
    }

    private static func newestMs(_ value: JSON) -> Int64? {
        switch value {
        case .array(let items): return items.compactMap(newestMs).max()
        case .object(let object):
            return object.members.compactMap { member -> Int64? in
                guard times.contains(member.key), let time = member.value.integer, time > 0 else { return newestMs(member.value) }
                return time < 100_000_000_000 ? time * 1_000 : time
            }.max()
        case .null, .bool, .number, .string: return nil
        }
    }
}
