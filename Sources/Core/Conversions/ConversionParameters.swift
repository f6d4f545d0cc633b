/// What a request says beside its events. Events with different parameters can't share a request to Meta.
package struct ConversionParameters: Sendable, Hashable {
    /// Shows the events under Test Events too; they count all the same.
    package let testEventCode: String?
    package let partnerAgent: String?
    package let namespaceID: String?
    package let uploadID: String?
    package let uploadTag: String?
    package let uploadSource: String?

    package static let none = ConversionParameters { _ in nil }

    private static let names = (
        test: "test_event_code", agent: "partner_agent", namespace: "namespace_id", upload: "upload_id", tag: "upload_tag",
        source: "upload_source"
    )

    /// Reads each parameter by its name on the wire; empty ones are absent.
    package init(_ value: (String) -> String?) {
        func text(_ name: String) -> String? { value(name).flatMap { $0.isEmpty ? nil : $0 } }
        testEventCode = text(Self.names.test)
        partnerAgent = text(Self.names.agent)
        namespaceID = text(Self.names.namespace)
        uploadID = text(Self.names.upload)
        uploadTag = text(Self.names.tag)
        uploadSource = text(Self.names.source)
    }

    /// Those that are there, by their names on the wire.
    package var members: [JSONObject.Member] {
        let all = [
            (Self.names.test, testEventCode), (Self.names.agent, partnerAgent), (Self.names.namespace, namespaceID),
            (Self.names.upload, uploadID), (Self.names.tag, uploadTag), (Self.names.source, uploadSource),
        ]
        return all.compactMap { name, value in value.map { JSONObject.Member(key: name, value: .string($0)) } }
    }
}
