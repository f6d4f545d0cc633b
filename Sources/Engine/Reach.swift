package import Core
package import Storage

/// What handlers can read from: the store, the Graph API, and what the configuration says of forms and moderation. They write nothing.
package struct Reach: Sendable {
    package let store: Store
    package let graph: GraphGateway
    /// The Pages' own tokens.
    package let pages: PageDesk
    /// From posts and media to ads.
    package let stories: StoryIndex
    /// What events were made of.
    package let deliveries: DeliveryDesk
    package let clock: any WallClock
    /// Names of form fields, per form.
    package let forms: [String: LeadForm]
    /// Per name.
    package let moderation: [String: ModerationPolicy]
    /// Destinations that want test leads too.
    package let testLeadDestinations: Set<String>
    /// How the conversions of a source go on to Meta.
    package let sources: SourceBook
    /// Names of forms and Pages.
    package let leadNames = LeadNames()
}
