import Core

/// One row of `ErrorTable`: what a code, with or without a subcode, means for us.
struct ErrorRow: Sendable {
    /// How long a throttle lasts when no header says so.
    enum Wait: Sendable {
        case ms(Int64)
        /// Not even a header makes it shorter.
        case fixed(Int64)
        /// Meta's score limit: 300 s for an app of the development tier and for one that named no tier, 60 s otherwise.
        case block
    }

    let code: Int
    let subcode: Int?
    let kind: RefusalKind
    let reason: Reason
    let wait: Wait?
    let scope: ThrottleScope?

    init(_ code: Int, _ subcode: Int?, _ kind: RefusalKind, _ slug: String, _ sentence: String, remedy: String? = nil) {
        self.init(code, subcode, kind, slug, sentence, remedy: remedy, wait: nil, scope: nil)
    }

    init(_ code: Int, _ kind: RefusalKind, _ slug: String, _ sentence: String, remedy: String? = nil) {
        self.init(code, nil, kind, slug, sentence, remedy: remedy, wait: nil, scope: nil)
    }

    /// A throttle.
    static func throttle(
        _ code: Int, _ subcode: Int?, _ slug: String, _ sentence: String, _ scope: ThrottleScope, _ wait: Wait = .ms(300_000),
        remedy: String? = nil
    ) -> ErrorRow {
        ErrorRow(code, subcode, .throttle, slug, sentence, remedy: remedy, wait: wait, scope: scope)
    }

    static func throttle(
        _ code: Int, _ slug: String, _ sentence: String, _ scope: ThrottleScope, _ wait: Wait = .ms(300_000),
        remedy: String? = nil
    ) -> ErrorRow {
        ErrorRow(code, nil, .throttle, slug, sentence, remedy: remedy, wait: wait, scope: scope)
    }

    private init(
        _ code: Int, _ subcode: Int?, _ kind: RefusalKind, _ slug: String, _ sentence: String, remedy: String?, wait: Wait?,
        scope: ThrottleScope?
    ) {
        self.code = code
        self.subcode = subcode
        self.kind = kind
        self.reason = Reason(slug, sentence, remedy: remedy ?? Self.remedy(kind))
        self.wait = wait
        self.scope = scope
    }

    private static func remedy(_ kind: RefusalKind) -> String {
        switch kind {
        case .retry: "Nothing to do: it is tried again."
        case .throttle: "Nothing to do: it goes on when Meta lets calls in again."
        case .reauth: "Put a new access token for this workspace into the configuration; held work then goes on by itself."
        case .permission: "Grant it in Meta's Business settings or App Dashboard; held work then goes on by itself."
        case .fatal: "Correct what is named here, then retry it by hand."
        case .split: "Nothing to do: less is asked for per call."
        case .policy: "Look into Account Quality at Meta before anything else is sent."
        }
    }
}
