import Core
import Signing
import Storage

/// A verified `signed_request` on its way to the callbacks' table.
struct PlannedCallback: Sendable {
    let code: String
    let app: String
    let kind: CallbackKind
    let userID: String
    let issuedAtMs: Int64?
    let receivedAtMs: Int64

    /// The path ends with kind and code (`…/data-deletion/CODE`), the body is the payload.
    init?(_ request: CapturedRequest, app: String, receivedAtMs: Int64) {
        let path = request.target.prefix { $0 != "?" }.split(separator: "/")
        guard path.count >= 2, let payload = try? JSON.parse(request.body), let userID = payload["user_id"]?.id else {
            return nil
        }
        switch path[path.count - 2] {
        case "deauthorize": kind = .deauthorize
        case "data-deletion": kind = .dataDeletion
        default: return nil
        }
        code = String(path[path.count - 1])
        self.app = app
        self.userID = userID
        self.receivedAtMs = receivedAtMs
        issuedAtMs = payload["issued_at"]?.integer.flatMap { seconds in
            (0...Self.secondsMax).contains(seconds) ? seconds * 1_000 : nil
        }
    }

    private static let secondsMax: Int64 = 1 << 40

    /// Without the user: the code says which request it was.
    var event: Event {
        Event(
            position: 0, object: "callback", field: kind.rawValue, kind: "callback.\(kind.rawValue)", objectID: app,
            occurredAtMs: issuedAtMs ?? receivedAtMs, dedupeKey: "callback:\(code)", orderKey: nil, accountID: nil, entities: [])
    }

    func write(to transaction: Transaction, eventID: Int64?) throws {
        _ = try transaction.insertCallback(
            code: code, app: app, kind: kind, userID: userID, eventID: eventID, issuedAtMs: issuedAtMs, receivedAtMs: receivedAtMs
        )
    }
}
