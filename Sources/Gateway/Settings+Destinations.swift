package import Core

extension Settings {
    /// Somebody who gets what we send.
    package struct Destination: Sendable, Equatable {
        package var name: String
        /// `https`, or `http` on loopback. May hold a secret itself (Slack): never printed.
        package var url: Secret
        package var form: DestinationForm
        /// Signs what we send; always there for `.standard`.
        package var secret: Secret?
        /// One call, connect to answer.
        package var timeoutMs: Int64
        /// Calls a second at most.
        package var perSecond: Int
        /// When it is left alone for a while.
        package var breaker: BreakerPolicy
        /// The address may be private (10/8, 192.168/16, …). True by itself where the URL names a loopback address.
        package var allowPrivate: Bool
        /// Leads made with Meta's testing tool are sent too.
        package var testLeads: Bool
        /// A PEM file of roots to trust instead of the system's; nil: the system's.
        package var roots: String?

        package init(
            name: String, url: Secret, form: DestinationForm = .standard, secret: Secret? = nil, timeoutMs: Int64 = 10_000,
            perSecond: Int = 10, breaker: BreakerPolicy = BreakerPolicy(), allowPrivate: Bool = false, testLeads: Bool = false,
            roots: String? = nil
        ) {
            self.name = name
            self.url = url
            self.form = form
            self.secret = secret
            self.timeoutMs = timeoutMs
            self.perSecond = perSecond
            self.breaker = breaker
            self.allowPrivate = allowPrivate
            self.testLeads = testLeads
            self.roots = roots
        }
    }

    /// How a destination wants it; `as` in the file.
    package enum DestinationForm: String, Sendable, CaseIterable {
        /// JSON, signed as Standard Webhooks say.
        case standard
        /// Method, body and signature headers as Meta sent them.
        case received
        /// A Slack message.
        case slack
    }
}
