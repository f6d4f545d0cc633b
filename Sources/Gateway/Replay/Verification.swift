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
        if ConversionDecoder.dataset(ofTarget: file.plainPath) != nil {
            return conversion(file, settings: settings, nowMs: nowMs)
        }
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
    private static func conversion(_ file: HTTPFile, settings: Settings?, nowMs: Int64) -> Verification {
        guard let dataset = ConversionDecoder.dataset(ofTarget: file.plainPath) else { return .refused("no dataset in the path") }
        switch ConversionRequest.parse(file.body, query: file.query) {
        case .failure(let refusal): return .refused(refusal.message)
        case .success(let request):
            let bearer = file.values(of: "authorization").first.flatMap { value in
                value.lowercased().hasPrefix("bearer ") ? String(value.dropFirst(7)) : nil
            }
            let nowSeconds = request.proofTime.flatMap(Int64.init) ?? nowMs / 1_000
            switch SourceCheck.verify(
                token: request.accessToken ?? bearer, proof: request.proof, timeSeconds: request.proofTime, dataset: dataset,
                sources: settings?.sourceSecrets ?? [], nowSeconds: nowSeconds)
            {
            case .success(let verified): return .proven(by: verified.name)
            case .failure(let refusal): return .refused(refusal.rawValue)
            }
        }
    }
}
