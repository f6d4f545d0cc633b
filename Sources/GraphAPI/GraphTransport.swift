import AsyncHTTPClient
import Core
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// The connections to the Graph API; one for the process, shared by all workspaces.
///
/// It sends a request once and says what came of it. It never retries and never follows a redirect: the worker decides from the
/// error's disposition.
package final class GraphTransport: Sendable {
    let settings: GraphSettings
    private let http: HTTPClient
    private let nowMs: @Sendable () -> Int64
    private let observe: @Sendable (GraphCall) -> Void

    /// `observe` sees every call, failed ones too, on the task that makes it.
    package init(
        settings: GraphSettings, nowMs: @escaping @Sendable () -> Int64, observe: @escaping @Sendable (GraphCall) -> Void
    ) {
        self.settings = settings
        self.nowMs = nowMs
        self.observe = observe
        self.http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: Self.configuration(settings))
    }

    /// The HTTP client ends the program when it is dropped open.
    deinit {
        let http = http
        Task { await Self.close(http) }
    }

    private static func configuration(_ settings: GraphSettings) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if !settings.roots.isEmpty { tls.trustRoots = .certificates(settings.roots) }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        let check = PeerCheck(host: settings.certificateName)
        configuration.http1_1ConnectionDebugInitializer = { channel in check(channel) }
        configuration.timeout.connect = .milliseconds(settings.timeoutMs)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = settings.connectionsMax
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = .seconds(30)
        return configuration
    }

    /// Calls under way end with `cancelled` or a lost answer.
    package func shutdown() async { await Self.close(http) }

    private static func close(_ http: HTTPClient) async {
        do {
            try await http.shutdown()
        } catch {
            // A second shutdown: nothing is left to close.
            return
        }
    }

    /// One request, one answer or one error, one record.
    ///
    /// `credentials` are the workspace's, or those of a Page or dataset of it.
    func perform(_ request: GraphRequest, for client: GraphClient, _ credentials: GraphCredentials) async throws(GraphError)
        -> GraphAnswer
    {
        let atMs = nowMs()
        let start = NIODeadline.now()
        let exchanged = await exchange(request, credentials)
        let outcome = Result { () throws(GraphError) -> GraphAnswer in
            try exchanged.get().decide(for: request, credentials: credentials)
        }
        let durationMs = (NIODeadline.now() - start).nanoseconds / 1_000_000
        observe(record(request, client, try? exchanged.get(), outcome, atMs: atMs, durationMs: durationMs))
        return try outcome.get()
    }

    private func record(
        _ request: GraphRequest, _ client: GraphClient, _ raw: RawAnswer?, _ outcome: Result<GraphAnswer, GraphError>,
        atMs: Int64,
        durationMs: Int64
    ) -> GraphCall {
        var refusal: Refusal?
        var code = "done"
        var rows = 0
        switch outcome {
        case .success(let answer): rows = answer.rows.count
        case .failure(let error):
            code = error.code
            if case .refused(let found) = error { refusal = found }
        }
        return GraphCall(
            purpose: request.purpose, workspace: client.workspace, app: client.app, account: request.account,
            method: request.method,
            path: request.path(version: settings.version), status: raw?.status ?? 0, code: refusal?.code,
            subcode: refusal?.subcode,
            traceID: refusal?.traceID ?? raw?.traceID ?? "",
            usage: raw.map { UsageHeaders.read($0.headers, account: request.account) } ?? [],
            rows: rows, durationMs: durationMs, atMs: atMs, outcome: code)
    }

    /// The whole exchange in `timeoutMs`: waiting for a connection, sending, and the last byte of the answer.
    private func exchange(_ request: GraphRequest, _ credentials: GraphCredentials) async -> Result<RawAnswer, GraphError> {
        let timeoutMs = settings.timeoutMs
        return await withTaskGroup(of: Result<RawAnswer, GraphError>?.self) { group in
            group.addTask { await self.send(request, credentials) }
            group.addTask {
                // Cancelled as soon as the answer is there; then nobody looks at what it gives.
                try? await Task.sleep(for: .milliseconds(timeoutMs))
                return Task.isCancelled ? nil : .failure(request.isWrite ? .answerLost(.timedOut) : .timedOut)
            }
            var first: Result<RawAnswer, GraphError>?
            while first == nil, let next = await group.next() { first = next }
            group.cancelAll()
            return first ?? .failure(request.isWrite ? .answerLost(.cancelled) : .cancelled)
        }
    }

    private func send(_ request: GraphRequest, _ credentials: GraphCredentials) async -> Result<RawAnswer, GraphError> {
        do {
            let response = try await http.execute(
                message(request, credentials), deadline: .now() + .milliseconds(settings.timeoutMs))
            let body = try await response.body.collect(upTo: Limits.graphAnswerBytesMax)
            let headers = response.headers.map { (name: $0.name, value: $0.value) }
            return .success(RawAnswer(status: Int(response.status.code), headers: headers, body: Array(body.readableBytesView)))
        } catch {
            return .failure(Self.fault(error, isWrite: request.isWrite))
        }
    }

    /// The token stands in the header and nowhere else; the proof in the query of a read and in the body of a write.
    private func message(_ request: GraphRequest, _ credentials: GraphCredentials) -> HTTPClientRequest {
        let proof = GraphRequest.Item("appsecret_proof", credentials.proof)
        let query = GraphRequest.encoded(request.query + (request.isWrite ? [] : [proof]))
        var message = HTTPClientRequest(
            url: settings.baseURL + request.path(version: settings.version) + (query.isEmpty ? "" : "?" + query))
        message.headers.add(name: "Authorization", value: "Bearer " + credentials.token)
        message.headers.add(name: "Accept", value: "application/json")
        message.headers.add(name: "User-Agent", value: "touchstone")
        if let form = request.form {
            message.method = .POST
            message.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            message.body = .bytes(ByteBuffer(string: GraphRequest.encoded(form + [proof])))
        } else if let json = request.json {
            message.method = .POST
            message.headers.add(name: "Content-Type", value: "application/json")
            message.body = .bytes(ByteBuffer(bytes: GraphRequest.proven(json, proof: credentials.proof)))
        }
        return message
    }

    /// What is surely before the first byte of a request is `notSent`; a write that failed in any other way is lost.
    private static func fault(_ error: any Error, isWrite: Bool) -> GraphError {
        if let before = unsent(error) { return .notSent(before) }
        if error is NIOTooManyBytesError { return isWrite ? .answerLost(.unreadable) : .tooLarge }
        if error is CancellationError { return isWrite ? .answerLost(.cancelled) : .cancelled }
        switch error as? HTTPClientError {
        case .deadlineExceeded, .readTimeout, .writeTimeout: return isWrite ? .answerLost(.timedOut) : .timedOut
        case .cancelled, .alreadyShutdown: return isWrite ? .answerLost(.cancelled) : .cancelled
        case _: return isWrite ? .answerLost(.broken) : .broken
        }
    }

    private static func unsent(_ error: any Error) -> GraphError.TransportFault? {
        switch error as? HTTPClientError {
        case .connectTimeout, .getConnectionFromPoolTimeout: return .connectTimedOut
        case .tlsHandshakeTimeout: return .tls
        case _: break
        }
        if let failed = error as? NIOConnectionError {
            return failed.connectionErrors.isEmpty ? .nameUnknown : .connectRefused
        }
        if let io = error as? IOError, [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(io.errnoCode) {
            return .connectRefused
        }
        if case .handshakeFailed? = error as? NIOSSLError { return .tls }
        return error is NIOSSLExtraError || error is PeerRefused ? .tls : nil
    }
}
