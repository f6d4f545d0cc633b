/// Meta's standard events, and what was meant by a name that is nearly one of them.
enum StandardEvents {
    static let names: Set<String> = [
        "AddPaymentInfo", "AddToCart", "AddToWishlist", "CompleteRegistration", "Contact", "CustomizeProduct", "Donate",
        "FindLocation", "InitiateCheckout", "Lead", "PageView", "Purchase", "Schedule", "Search", "StartTrial",
        "SubmitApplication", "Subscribe", "ViewContent",
    ]

    /// The same but for case, underscores or one letter; nil for a standard name, and for one that is far from all.
    static func meant(by name: String) -> String? {
        guard !names.contains(name) else { return nil }
        let squashed = name.lowercased().filter { $0 != "_" }
        return names.sorted().first { isNear(Array(squashed.utf8), Array($0.lowercased().utf8)) }
    }

    /// At most one letter is put in, left out or exchanged.
    private static func isNear(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard abs(a.count - b.count) <= 1 else { return false }
        let head = zip(a, b).prefix { $0 == $1 }.count
        let (restA, restB) = (a.dropFirst(head), b.dropFirst(head))
        if restA.isEmpty || restB.isEmpty { return true }
        return restA.count == restB.count
            ? restA.dropFirst().elementsEqual(restB.dropFirst())
            : restA.count > restB.count ? restA.dropFirst().elementsEqual(restB) : restA.elementsEqual(restB.dropFirst())
    }
}
