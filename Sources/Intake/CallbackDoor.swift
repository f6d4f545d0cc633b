import Core
import Listener
import Logging
import Signing
import Storage

/// `/callbacks/meta/…`: a person took back what the app may do, or wants their data deleted.
///
/// Both come as a `signed_request`, signed with the secret of one of the apps. It is stored as it was verified; the engine carries it out.
struct CallbackDoor: Sendable {
    private let apps: [AppSecrets]
    private let publicURL: String?
    private let store: Store
    private let nowMs: @Sendable () -> Int64
    private let unstored: Unstored
    private let logger: Logger

    private static let deauthorizePath = "/callbacks/meta/deauthorize"
    private static let deletionPath = "/callbacks/meta/data-deletion"

    init(
        apps: [AppSecrets], publicURL: String?, store: Store, nowMs: @escaping @Sendable () -> Int64, unstored: Unstored,
        logger: Logger
    ) {
        self.apps = apps
        self.publicURL = publicURL.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        self.store = store
        self.nowMs = nowMs
        self.unstored = unstored
        self.logger = logger
    }

    /// Nil: no path of ours.
    func open(_ head: RequestHead) -> Intent? {
        guard head.path.hasPrefix("/callbacks/meta/") else { return nil }
        if head.path == Self.deauthorizePath { return receive(head, .deauthorize) }
        if head.path == Self.deletionPath { return receive(head, .dataDeletion) }
        let rest = head.path.dropFirst(Self.deletionPath.count + 1)
        guard head.path.hasPrefix(Self.deletionPath + "/"), !rest.isEmpty, !rest.contains("/") else { return nil }
        // Whatever the code: who guesses one learns nothing.
        return head.method == "GET" || head.method == "HEAD"
            ? .answer(DeletionPage.reply) : refuse(.methodNotAllowed(allowed: "GET, HEAD"), head)
    }

    private func receive(_ head: RequestHead, _ kind: CallbackKind) -> Intent {
        guard head.method == "POST" else { return refuse(.methodNotAllowed(allowed: "POST"), head) }
        guard head.values(of: "content-encoding").allSatisfy({ $0.lowercased() == "identity" }) else {
            return refuse(.contentEncoding, head)
        }
        guard MediaType.isForm(head.values(of: "content-type")) else { return refuse(.contentType, head) }
        guard let base = publicURL ?? head.values(of: "host").first.flatMap(HostName.base) else { return refuse(.host, head) }
        return .collect(limit: Limits.callbackBytesMax, each: nil) { body, responder in
            conclude(kind, head, base: base, body, responder)
        }
    }

    private func conclude(_ kind: CallbackKind, _ head: RequestHead, base: String, _ body: [UInt8], _ responder: Responder) {
        let texts = QueryItems(String(decoding: body, as: UTF8.self)).values(of: "signed_request", or: "signed_request")
        guard texts.count == 1 else { return responder.send(reply(.callbackForm, head)) }
        switch SignedRequest.verify(texts[0], apps: apps) {
        case .failure(let refusal): responder.send(reply(.callback(refusal), head))
        case .success(let verified): keep(verified, kind, base: base, responder)
        }
    }

    private func keep(_ verified: VerifiedCallback, _ kind: CallbackKind, base: String, _ responder: Responder) {
        let path = kind == .deauthorize ? Self.deauthorizePath : Self.deletionPath
        let code: String
        do throws(StoreError) {
            code = try self.code(of: verified, kind)
        } catch {
            unstored.tell(error)
            return responder.send(.unavailable)
        }
        let target = "\(path)/\(code)"
        let answer: JSON = kind == .deauthorize ? [:] : ["url": .string(base + target), "confirmation_code": .string(code)]
        store.append(Envelope(callback: verified, target: target), receivedAtMs: nowMs()) { [unstored, logger] result in
            switch result {
            case .success(let seq):
                CallbackReceived(kind: kind, app: verified.app, code: code, seq: seq).emit(to: logger)
                responder.send(.json(200, answer))
            case .failure(let error):
                unstored.tell(error)
                responder.send(.unavailable)
            }
        }
    }

    /// The same for the same request however often it comes, and not to be guessed: it is made under a key of the database.
    private func code(of verified: VerifiedCallback, _ kind: CallbackKind) throws(StoreError) -> String {
        let what = "callback|\(verified.app)|\(kind.rawValue)|\(verified.userID)|\(verified.issuedAtSeconds ?? 0)"
        return String(try store.conceal(what).prefix(20))
    }

    private func refuse(_ refusal: DeliveryRefusal, _ head: RequestHead) -> Intent { .answer(reply(refusal, head)) }

    private func reply(_ refusal: DeliveryRefusal, _ head: RequestHead) -> Reply {
        DeliveryRefused(refusal: refusal, remoteAddress: head.remoteAddress).emit(to: logger)
        return refusal.reply
    }
}
