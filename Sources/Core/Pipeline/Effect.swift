/// What a chain wants done. Effects are committed together with the job's completion, or not at all.
package enum Effect: Sendable, Equatable {
    /// The entity is to be read again; `accountID` is nil when the event did not name it.
    case touch(EntityRef, accountID: String?, metricMoved: Bool)
    /// A message for the outside.
    case send(OutboxMessage)
    /// A lead as it was read.
    case storeLead(Lead)
    /// One more state of a comment, reaction, mention or post.
    case storeEngagement(Engagement)
    /// The ads behind the conversion.
    case attribute(Attribution)
    /// The conversion will not be forwarded, for the reason given.
    case leaveOut(Reason)
    /// It counts in our own figures.
    case count(OwnEvent)
    /// Meta is told of the lead, as if its CRM had sent the event.
    case report(LeadReport)
}

/// What the outbox sends.
package enum OutboxKind: String, Sendable, CaseIterable {
    /// A notice to a destination.
    case notify
    /// A delivery, byte for byte, to an existing receiver.
    case forward
    /// Pause or resume at Meta.
    case status
    /// A budget at Meta.
    case budget
    /// A lead to a destination.
    case lead
    /// An event to a dataset, with others of its kind.
    case conversion
    /// Hide, unhide or answer a comment at Meta.
    case moderate
}

/// A message of the outbox. It holds references; the body is built when it is sent.
package struct OutboxMessage: Sendable, Equatable {
    package let kind: OutboxKind
    package let workspace: String
    /// Messages of one key leave one after the other; nil: no order. For writes to Meta: the entity.
    package let orderKey: String?
    /// Unique for all time: the same effect twice is one message.
    package let uniqueKey: String
    /// JSON of ids: destination, delivery, action. Nothing that a person wrote.
    package let reference: String
    package let eventID: Int64?
    package let actionID: Int64?

    package init(
        kind: OutboxKind, workspace: String, orderKey: String?, uniqueKey: String, reference: String, eventID: Int64?,
        actionID: Int64?
    ) {
        self.kind = kind
        self.workspace = workspace
        self.orderKey = orderKey
        self.uniqueKey = uniqueKey
        self.reference = reference
        self.eventID = eventID
        self.actionID = actionID
    }
}
