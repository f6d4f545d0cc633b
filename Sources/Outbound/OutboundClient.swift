import AsyncHTTPClient
import Core
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// The only way to anybody but Meta.
///
/// The host is resolved once, each address checked, and the checked address dialled. No redirect is followed, nothing is retried:
/// the worker decides from the result's disposition.
package final class OutboundClient: Sendable {
    private let resolve: Resolve
    private let dialler = Dialler()
    private let paces = Mutex<[String: Pace]>([:])

    /// Addresses tried when the first can't be reached.
    private static let addressesMax = 3
    /// A place within this is waited for; a later one is snoozed, so that a worker is not held.
    private static let paceWaitMsMax: Int64 = 1_000
    private static let answerKept = 1_024

    /// `resolve` is replaced in tests only.
    package init(resolve: @escaping Resolve = systemResolve) {
        self.resolve = resolve
    }

    /// Messages under way end with `cancelled` or `broken`.
    package func shutdown() async { await dialler.shutdown() }

    /// `nowMs` is the time in the signature and the base of `Retry-After`.
    package func send(_ request: OutboundRequest, to destination: Destination, nowMs: Int64) async -> OutboundResult {
        let start = NIODeadline.now()
        let outcome = await attempt(request, destination, nowMs)
        return OutboundResult(
            destination: destination.name, status: outcome.status, answer: outcome.answer, address: outcome.address?.description,
            durationMs: (NIODeadline.now() - start).nanoseconds / 1_000_000, fault: outcome.fault,
            retryAfterMs: outcome.retryAfter.flatMap { RetryAfter.waitMs($0, nowMs: nowMs) })
    }

    private func attempt(_ request: OutboundRequest, _ destination: Destination, _ nowMs: Int64) async -> Outcome {
        guard let message = request.wire(for: destination, nowMs: nowMs) else { return Outcome(fault: .formMismatch) }
        if let fault = await pace(destination) { return Outcome(fault: fault) }
        let deadline = NIODeadline.now() + .milliseconds(destination.timeoutMs)
        var outcome = Outcome(fault: .addressRefused)
        switch await addresses(of: destination, deadline) {
        case .failure(let fault): outcome.fault = fault
        case .success(let addresses):
            for address in addresses {
                outcome = await deliver(message, destination, address, deadline: deadline)
                guard outcome.fault == .connectFailed, deadline > .now() else { break }
            }
        }
        return outcome
    }

    private struct Outcome: Sendable {
        var address: IPAddress?
        var status: Int?
        var retryAfter: String?
        var answer: [UInt8] = []
        var fault: OutboundFault?
    }

    private func pace(_ destination: Destination) async -> OutboundFault? {
        let nowNs = Int64(clamping: NIODeadline.now().uptimeNanoseconds)
        let waitMs = paces.withLock {
            $0[destination.name, default: Pace()].take(
                perSecond: destination.perSecond, nowNs: nowNs, waitMsMax: Self.paceWaitMsMax)
        }
        guard waitMs <= Self.paceWaitMsMax else { return .paced(waitMs: waitMs) }
        guard waitMs > 0 else { return nil }
        do {
            try await Task.sleep(for: .milliseconds(waitMs))
            return nil
        } catch {
            return .cancelled
        }
    }

    /// The addresses that may be dialled, at most `addressesMax`.
    private func addresses(of destination: Destination, _ deadline: NIODeadline) async -> Result<[IPAddress], OutboundFault> {
        let found: [IPAddress]
        if let literal = IPAddress(destination.target.host) {
            found = [literal]
        } else {
            guard let resolved = await resolved(destination.target.host, deadline) else { return .failure(.timedOut) }
            found = resolved
        }
        guard !found.isEmpty else { return .failure(.nameUnknown) }
        let allowed = found.filter(destination.policy.allows).prefix(Self.addressesMax)
        return allowed.isEmpty ? .failure(.addressRefused) : .success(Array(allowed))
    }

    /// Nil when it takes longer; a resolver can't be stopped, so its task is left to end by itself.
    private func resolved(_ host: String, _ deadline: NIODeadline) async -> [IPAddress]? {
        let (answers, answer) = AsyncStream<[IPAddress]?>.makeStream()
        let resolve = resolve
        Task { answer.yield(await resolve(host)) }
        let timer = Task {
            try await Task.sleep(for: .nanoseconds(max(0, (deadline - .now()).nanoseconds)))
            answer.yield(nil)
        }
        defer { timer.cancel() }
        for await first in answers { return first }
        return nil
    }

    private func deliver(
        _ message: WireMessage, _ destination: Destination, _ address: IPAddress, deadline: NIODeadline
    ) async -> Outcome {
        var request = HTTPClientRequest(url: destination.target.url)
        request.method = HTTPMethod(rawValue: message.method)
        for header in message.headers { request.headers.add(name: header.name, value: header.value) }
        request.body = .bytes(ByteBuffer(bytes: message.body))
        let ready = request
        let outcome = await dialler.with(destination, at: address) { http in
            await Self.exchange(http, ready, address, deadline)
        }
        return outcome ?? Outcome(address: nil, fault: .cancelled)
    }

    /// The head of the answer decides; of the body as much is read as there is time for.
    private static func exchange(_ http: HTTPClient, _ request: HTTPClientRequest, _ address: IPAddress, _ deadline: NIODeadline)
        async -> Outcome
    {
        do {
            let response = try await http.execute(request, deadline: deadline)
            let answer = await within(deadline) { await beginning(of: response) } ?? []
            return Outcome(
                address: address, status: Int(response.status.code), retryAfter: response.headers.first(name: "retry-after"),
                answer: answer)
        } catch {
            return Outcome(address: address, fault: fault(error))
        }
    }

    /// The first KiB; the rest is read up to `Limits.answerBytesMax`, so that the connection can be used again, and dropped.
    private static func beginning(of response: HTTPClientResponse) async -> [UInt8] {
        var kept: [UInt8] = []
        var count = 0
        do {
            for try await chunk in response.body {
                kept += chunk.readableBytesView.prefix(answerKept - kept.count)
                count += chunk.readableBytes
                if count > Limits.answerBytesMax { break }
            }
        } catch {
            // The status is there; half a body does not change it.
            return kept
        }
        return kept
    }

    /// Nil when it takes longer.
    private static func within<T: Sendable>(_ deadline: NIODeadline, _ body: @escaping @Sendable () async -> T) async -> T? {
        await withTaskGroup(of: T?.self) { group in
            group.addTask { await body() }
            group.addTask {
                // Cancelled when the other is done; then nobody looks at it.
                try? await Task.sleep(for: .nanoseconds(max(0, (deadline - .now()).nanoseconds)))
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private static func fault(_ error: any Error) -> OutboundFault {
        if error is NIOConnectionError || error is IOError { return isReset(error) ? .broken : .connectFailed }
        if error is PeerRefused || error is NIOSSLError || error is NIOSSLExtraError || error is BoringSSLError { return .tls }
        if error is CancellationError { return .cancelled }
        switch error as? HTTPClientError {
        case .connectTimeout, .getConnectionFromPoolTimeout: return .connectFailed
        case .tlsHandshakeTimeout: return .tls
        case .deadlineExceeded, .readTimeout, .writeTimeout: return .timedOut
        case .cancelled, .alreadyShutdown: return .cancelled
        case let other?: return other.shortDescription.hasPrefix("Invalid header") ? .badMessage : .broken
        case nil: return .broken
        }
    }

    private static func isReset(_ error: any Error) -> Bool {
        guard let io = error as? IOError else { return false }
        return io.errnoCode == ECONNRESET || io.errnoCode == EPIPE
    }
}
