import Core

/// Who is at the other end of a connection: a sender, or a trusted proxy that speaks for one.
struct Peer {
    /// Without port; empty when the system doesn't tell.
    let text: String
    let address: PeerAddress?
    /// Whether its `X-Forwarded-For` counts.
    let isProxy: Bool

    init(_ text: String, trusted: [AddressBlock]) {
        let address = PeerAddress(text)
        self.text = address.map(\.description) ?? text
        self.address = address
        self.isProxy = address.map { address in trusted.contains { $0.holds(address) } } ?? false
    }

    init(_ address: PeerAddress, trusted: [AddressBlock]) {
        self.text = address.description
        self.address = address
        self.isProxy = trusted.contains { $0.holds(address) }
    }

    /// The sender of a request with these headers.
    func sender(_ headers: [(name: String, value: String)], trusted: [AddressBlock]) -> String {
        guard isProxy, let address else { return text }
        let values = headers.filter { $0.name == "x-forwarded-for" }.map(\.value)
        return values.isEmpty ? text : Forwarded.client(values, proxy: address, trusted: trusted).description
    }
}
