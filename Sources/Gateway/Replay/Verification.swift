import Core
import Foundation
import Intake
import Signing

/// Whether a captured request proves who sent it, looked at offline.
package enum Verification: Sendable, Equatable {
    /// The name of the app or source whose secret or token matched.
    case proven(by: String)
    case refused(String)

    /// The name under which the fixtures' public secret is reported.
    package static let fixtureName = "the public fixture secret"

    /// Judges by the kind of the request: a signed delivery, a `signed_request`, or a conversion's token and proof.
    package static func of(_ file: HTTPFile, settings: Settings?, nowMs: Int64) -> Verification {
        let apps = (settings?.appSecrets ?? []) + [AppSecrets(app: fixtureName, secrets: [DemoFixtures.secret])]
        if file.plainPath.hasPrefix("/callbacks/meta/") { return callback(file, apps: apps) }
        if let captured = CapturedConversion(file) { return conversion(captured, settings: settings, nowMs: nowMs) }
        let request = CapturedRequest(method: file.method, target: file.target, headers: file.headers, body: file.body)
        switch verifyAgain(request, apps: apps) {
        case .success(let verified): return .proven(by: verified.app)
        case .failure(let error): return .refused(error.rawValue)
        }
    }

    private static func callback(_ file: HTTPFile, apps: [AppSecrets]) -> Verification {
        let form = QueryItems(String(decoding: file.body, as: UTF8.self))
        guard let text = form.values(of: "signed_request", or: "signed_request").first else {
            return .refused("signed_request is missing")
        }
        switch SignedRequest.verify(text, apps: apps) {
        case .success(let verified): return .proven(by: verified.app)
        case .failure(let error): return .refused(error.rawValue)
        }
    }

    /// A timed proof is judged at the time of its own, because a captured one is old by nature.
    private static func conversion(_ captured: CapturedConversion, settings: Settings?, nowMs: Int64) -> Verification {
        let request: ConversionRequest
        let source: Settings.Source?
        do throws(HTTPFileError) {
            request = try captured.request()
            source = captured.entrance.isOwn ? try captured.source(in: settings?.sources ?? []) : nil
        } catch {
            return .refused(error.reason)
        }
        let known = (settings?.sources ?? []).filter { captured.entrance != .gateway || $0.policy.kind == .sdk }.map(\.name)
        let secrets = (settings?.sourceSecrets ?? []).filter {
            (source == nil || $0.name == source?.name) && known.contains($0.name)
        }
        let nowSeconds = request.proofTime.flatMap(Int64.init) ?? nowMs / 1_000
        let token = captured.entrance.isOwn ? captured.bearer : request.accessToken ?? captured.bearer
        switch SourceCheck.verify(
            token: token, proof: request.proof, timeSeconds: request.proofTime,
            dataset: captured.dataset ?? source?.datasets.first ?? "", sources: secrets, nowSeconds: nowSeconds,
            isProofAsked: captured.entrance != .gateway)
        {
        case .success(let verified): return .proven(by: verified.name)
        case .failure(let refusal): return .refused(refusal.rawValue)
        }
    }
}

extension CapturedConversion.Entrance {
    fileprivate var isOwn: Bool {
        switch self {
        case .graph, .gateway: false
        case .own: true
        }
    }
}
