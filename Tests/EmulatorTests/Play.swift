import AsyncHTTPClient
import Foundation
import GraphEmulator
import NIOCore
import NIOHTTP1

/// An emulator on a free port with a small world in it, and a plain client for it.
struct Play {
    let emulator: RunningEmulator

    /// A token with its proof under the app's secret, computed by openssl.
    struct Token {
        let text: String
        let proof: String

        static let good = Token(
            text: "TOKEN-GOOD", proof: "5ab3d00ec3c0228d89626d7c806c6ccfe0bcd996f07810ef653cbea9c9b2753f")
        static let old = Token(text: "TOKEN-OLD", proof: "e3760c819474791c00f6481df98118fe314f2ec7845107b4ede5bbfeadbf534a")
        static let readOnly = Token(text: "TOKEN-RO", proof: "dfd55864f1024d69d1da422476ed9b24ac284d38c8788f2cd95854b1e89a87db")
        static let all = Token(text: "TOKEN-ALL", proof: "a0e0c44007e0b739885bcff198e70565d349288fac0d6b9f54e6c85666b24750")
    }

    /// Noon in London on a Friday; the clock stands still.
    static let scenario = """
        clock: {at: "2026-11-20T12:00:00Z", frozen: true}
        apps: [{id: 123, secret: app-secret-1}]
        tokens:
          - {token: TOKEN-GOOD, name: good, app: 123, accounts: [1]}
          - {token: TOKEN-OLD, name: old, app: 123, accounts: "*", state: expired}
          - {token: TOKEN-RO, name: ro, app: 123, accounts: "*", read_only: true}
          - {token: TOKEN-ALL, name: all, app: 123, accounts: "*"}
        accounts:
          - id: 1
            name: Belmonte
            currency: EUR
            timezone: Europe/Warsaw
            min_daily_budget: 100
            campaigns:
              - {id: 11, name: Summer A, daily_budget: 20000, objective: OUTCOME_SALES, adsets: [
                  {id: 111, name: S, ads: [
                    {id: 1111, name: x}, {id: 1112, name: y, status: PAUSED}, {id: 1113, name: gone, status: DELETED}]}]}
              - {id: 12, name: Winter, status: PAUSED, adsets: [
                  {id: 121, name: T, daily_budget: 3000, ads: [
                    {id: 1211, name: w}, {id: 1212, name: bad, effective_status: DISAPPROVED}]}]}
              - {id: 13, name: Old, status: ARCHIVED, adsets: [{id: 131, name: U, ads: [{id: 1311, name: v}]}]}
          - {id: 2, name: Tokyo, currency: JPY, timezone: Asia/Tokyo, campaigns: [{id: 21, name: Yen, daily_budget: 5000}]}
        insights:
          - {id: 1111, day: -1, impressions: 1000, clicks: 50, inline_link_clicks: 40, reach: 900, spend: 78.13,
             actions: {omni_purchase: 3, lead: 0}, action_values: {omni_purchase: 328.13}}
          - {id: 1111, day: -2, impressions: 100, clicks: 0, reach: 90, spend: 7}
          - {id: 1111, day: 0, impressions: 10, clicks: 1, reach: 10, spend: 100.00}
          - {id: 1112, day: -1, impressions: 10, clicks: 1, reach: 9, spend: 1.10}
          - {id: 1113, day: -1, impressions: 5, reach: 5, spend: 0.05}
          - {id: 1211, day: -1}
          - {id: 21, day: -1, impressions: 7, reach: 7, spend: 1200}
        """

    /// Starts, lets a test play, and stops whatever happened.
    static func with(
        _ yaml: String = scenario, tls: GraphEmulator.TLSFiles? = nil, logFile: String? = nil, _ body: (Play) async throws -> Void
    ) async throws {
        let emulator = try await GraphEmulator.start(scenario: Scenario(yaml: yaml), tls: tls, logFile: logFile)
        do {
            try await body(Play(emulator: emulator))
        } catch {
            await emulator.stop()
            throw error
        }
        await emulator.stop()
    }

    func get(_ path: String, _ query: [String: String] = [:], _ token: Token = .good) async throws -> Answer {
        try await call("GET", path, query, token: token)
    }

    func post(_ path: String, _ form: [String: String], _ token: Token = .good) async throws -> Answer {
        try await call("POST", path, form: form, token: token)
    }

    /// With the token in the header and its proof in the query, unless there is none.
    func call(
        _ method: String, _ path: String, _ query: [String: String] = [:], form: [String: String]? = nil, token: Token? = .good
    ) async throws -> Answer {
        var query = query
        if let token { query["appsecret_proof"] = token.proof }
        let headers = token.map { ["Authorization": "Bearer \($0.text)"] } ?? [:]
        let body = form.map { (Self.encoded($0), "application/x-www-form-urlencoded") }
        return try await send(method, query.isEmpty ? path : "\(path)?\(Self.encoded(query))", headers, body)
    }

    func send(
        _ method: String, _ target: String, _ headers: [String: String] = [:], _ body: (text: String, type: String)? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: emulator.url + target)
        request.method = HTTPMethod(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: body.type)
            request.body = .bytes(ByteBuffer(string: body.text))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let bytes = try await response.body.collect(upTo: 16 * 1024 * 1024)
        return Answer(
            status: Int(response.status.code), headers: Self.grouped(response.headers),
            text: String(decoding: bytes.readableBytesView, as: UTF8.self))
    }

    private static func grouped(_ headers: HTTPHeaders) -> [String: [String]] {
        Dictionary(grouping: headers.map { ($0.name.lowercased(), $0.value) }, by: \.0).mapValues { $0.map(\.1) }
    }

    static func encoded(_ params: [String: String]) -> String {
        let allowed = CharacterSet.alphanumerics
        return params.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")" }.joined(separator: "&")
    }
}

/// What came back, read by Foundation's JSON reader, which the emulator doesn't use.
struct Answer {
    let status: Int
    /// By lower-case name.
    let headers: [String: [String]]
    let text: String

    var json: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any] ?? [:]
    }

    var rows: [[String: Any]] { json["data"] as? [[String: Any]] ?? [] }
    var ids: [String] { rows.compactMap { $0["id"] as? String } }
    var error: [String: Any] { json["error"] as? [String: Any] ?? [:] }
    var code: Int? { error["code"] as? Int }
    var subcode: Int? { error["error_subcode"] as? Int }
    var message: String { error["message"] as? String ?? "" }
    var paging: [String: Any] { json["paging"] as? [String: Any] ?? [:] }
    var cursors: [String: String] { paging["cursors"] as? [String: String] ?? [:] }

    func texts(_ key: String) -> [String] { rows.compactMap { $0[key] as? String } }

    /// The counts of a list of actions: type to value.
    static func actions(_ row: [String: Any], _ key: String) -> [String: String]? {
        guard let list = row[key] as? [[String: String]] else { return nil }
        return Dictionary(uniqueKeysWithValues: list.compactMap { item in item["action_type"].map { ($0, item["value"] ?? "") } })
    }
}
