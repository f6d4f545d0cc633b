import AsyncHTTPClient
package import Core
import Engine
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Signing
package import Storage

/// How commands that write reach the store: through the running gateway's admin port, or, where none runs, themselves under the file's lock.
package struct OperatorDoor: Sendable {
    let settings: Settings

    package init(settings: Settings) { self.settings = settings }

    /// Returns when no write of the scope is under way and none will start.
    package func hold(_ scope: String, untilMs: Int64?) async throws {
        let body: JSON = ["scope": .string(scope), "until_ms": untilMs.map { .integer($0) } ?? .null]
        guard try await ask("hold", body) == nil else { return }
        try await alone { store, nowMs in
            let number = try await store.write { transaction in
                try transaction.setHold(scope, untilMs: untilMs, by: "command", nowMs: nowMs)
                return try transaction.holdsNumber()
            }
            // of a database that several serve, gateways may run whose admin port is another
            if store.isShared { _ = try await store.haveSeenHolds(number, clock: SystemClock()) }
        }
    }

    /// The number of messages that had waited.
    package func release(_ scope: String) async throws -> Int {
        if let answer = try await ask("release", ["scope": .string(scope)]) { return Int(answer["released"]?.integer ?? 0) }
        return try await alone { store, nowMs in
            let number = try await store.write { transaction in
                _ = try transaction.clearHold(scope)
                return try transaction.holdsNumber()
            }
            if store.isShared { _ = try await store.haveSeenHolds(number, clock: SystemClock(), beatsMax: 2) }
            return try await store.write { try $0.release(.operatorHold(scope: scope), nowMs: nowMs) }
        }
    }

    /// Starts again what is dead of a lead; nil when nobody knows it.
    package func retryLead(_ id: String) async throws -> RetryReport? {
        let answer: JSON?
        do {
            answer = try await ask("leads/\(id)/retry", [:])
        } catch OperatorFault.unknown {
            return nil
        }
        if let answer {
            return RetryReport(jobs: Int(answer["jobs"]?.integer ?? 0), messages: Int(answer["messages"]?.integer ?? 0))
        }
        let workspaces = settings.workspaces.map(\.name)
        return try await alone { transaction, nowMs in try transaction.retryLead(id, workspaces: workspaces, nowMs: nowMs) }
    }

    /// Sets going again what is dead of these events, so many a second. `done`: how many of them, as it goes on.
    ///
    /// Each step is a commit of its own: what it has set going is no longer dead, so that another call goes on where this one was stopped.
    /// Where no gateway runs, all is set going at once, and falls due at that rate.
    package func retryEvents(
        _ ids: [Int64], perSecond: Int, done: (_ count: Int) -> Void = { _ in }
    ) async throws -> RetryReport {
        var report = RetryReport()
        let pace = RetryPace(perSecond: perSecond)
        for start in stride(from: 0, to: ids.count, by: pace.step) {
            let some = Array(ids[start..<min(start + pace.step, ids.count)])
            guard let answer = try await ask("events/retry", ["ids": .array(some.map { .integer($0) })]) else {
                return try await report + retryAlone(Array(ids[start...]), pace)
            }
            report =
                report + RetryReport(jobs: Int(answer["jobs"]?.integer ?? 0), messages: Int(answer["messages"]?.integer ?? 0))
            done(start + some.count)
            if start + some.count < ids.count { try await Task.sleep(for: .milliseconds(pace.pauseMs)) }
        }
        return report
    }

    private func retryAlone(_ ids: [Int64], _ pace: RetryPace) async throws -> RetryReport {
        try await alone { store, nowMs in
            var report = RetryReport()
            for start in stride(from: 0, to: ids.count, by: 500) {
                let some = Array(ids[start..<min(start + 500, ids.count)])
                let more = try await store.write { transaction in
                    try some.enumerated().reduce(RetryReport()) { sum, event in
                        let dueAtMs = nowMs + pace.offsetMs(start + event.offset)
                        return sum + (try transaction.retryEvents([event.element], nowMs: dueAtMs))
                    }
                }
                report = report + more
            }
            return report
        }
    }

    /// Empties what a lead or people left.
    package func erase(_ erasure: Erasure) async throws -> EraseReport {
        if let answer = try await ask("erase", erasure.json) { return EraseReport(answer) }
        return try await alone { store, nowMs in try await store.erase(erasure, nowMs: nowMs) }
    }

    private func alone<T: Sendable>(_ body: @escaping @Sendable (Transaction, Int64) throws -> T) async throws -> T {
        try await alone { store, nowMs in try await store.write { try body($0, nowMs) } }
    }

    func alone<T: Sendable>(_ body: (Store, Int64) async throws -> T) async throws -> T {
        let store: Store
        do {
            store = try settings.openForWriting()
        } catch StoreError.locked {
            throw OperatorFault.unreachable("\(settings.admin.address)")
        }
        let nowMs = Int64(Date().timeIntervalSince1970 * 1_000)
        do {
            let result = try await body(store, nowMs)
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }

    /// The admin port's answer; nil when nothing listens there.
    func ask(_ verb: String, _ body: JSON) async throws -> JSON? {
        let scheme = settings.admin.certificate == nil ? "http" : "https"
        var request = HTTPClientRequest(url: "\(scheme)://\(settings.admin.address)/v1/\(verb)")
        request.method = .POST
        request.headers.add(name: "authorization", value: "Bearer \(settings.admin.token.reveal())")
        request.body = .bytes(ByteBuffer(bytes: body.bytes()))
        let client = HTTPClient(configuration: try configuration())
        let response: HTTPClientResponse
        let bytes: ByteBuffer
        do {
            response = try await client.execute(request, timeout: .seconds(60))
            bytes = try await response.body.collect(upTo: 64 * 1_024)
            try await client.shutdown()
        } catch is CertificateRefused {
            try await client.shutdown()
            throw OperatorFault.untrusted("\(settings.admin.address)")
        } catch {
            try await client.shutdown()
            return nil  // nothing answers there; if a gateway runs all the same, the lock says so
        }
        let answer = try JSON.parse(Array(bytes.readableBytesView))
        guard response.status != .notFound else { throw OperatorFault.unknown }
        guard response.status == .ok else {
            throw OperatorFault.refused(answer["error"]?["message"]?.text ?? "status \(response.status.code)")
        }
        return answer
    }

    /// With TLS, whoever listens must have the key of the very certificate that is configured: no authority is asked, and no name is compared,
    /// for the port may well be reached by an address that the certificate does not name.
    private func configuration() throws -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false  // nobody there is an answer, and at once
        guard let file = settings.admin.certificate else { return configuration }
        let own = try NIOSSLCertificate.fromPEMFile(file).first
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.certificateVerification = .none
        configuration.tlsConfiguration = tls
        configuration.httpVersion = .http1Only
        // Before anything is sent.
        configuration.http1_1ConnectionDebugInitializer = { channel in
            channel.nioSSL_peerCertificate().flatMap { shown in
                if let own, shown == own { return channel.eventLoop.makeSucceededVoidFuture() }
                channel.close(promise: nil)
                return channel.eventLoop.makeFailedFuture(CertificateRefused())
            }
        }
        return configuration
    }
}

/// What listens at the admin port's address has not the admin port's certificate.
private struct CertificateRefused: Error {}

/// Why an operator's wish was not carried out.
package enum OperatorFault: Error, CustomStringConvertible {
    case unreachable(String)
    /// Somebody else listens there, or the gateway was started with another certificate.
    case untrusted(String)
    case refused(String)
    /// What it is about is not there.
    case unknown

    package var description: String {
        switch self {
        case .unreachable(let address):
            "A gateway holds the database, but its admin port \(address) does not answer. Is `admin.address` the one it was started with?"
        case .untrusted(let address):
            "What listens at \(address) does not show the certificate in `admin.certificate`. A gateway shows the one it was started with."
        case .refused(let message): "The gateway refused: \(message)"
        case .unknown: "The gateway does not know it."
        }
    }
}

extension RetryReport {
    fileprivate static func + (a: RetryReport, b: RetryReport) -> RetryReport {
        RetryReport(jobs: a.jobs + b.jobs, messages: a.messages + b.messages)
    }
}
