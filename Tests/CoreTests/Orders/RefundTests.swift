import Core
import Testing

@Suite("Refunds")
struct RefundTests {
    private static func euro(_ minor: Int64) -> Refund.Amount? { Refund.Amount(minor: minor, currency: "EUR") }
    private static let dollar = Refund.Amount(minor: 100, currency: "USD")

    @Test(
        "an order's refunds together take what its purchase brought, and never more",
        arguments: [
            (euro(300), euro(1_000), [], 300), (euro(300), euro(1_000), [euro(800)], 200),
            (euro(300), euro(1_000), [euro(900), euro(900)], 0),
            (nil, euro(1_000), [], 1_000), (nil, euro(1_000), [euro(300)], 700), (euro(1), euro(1_000), [nil], 0),
            (euro(.max), euro(1_000), [], 1_000), (euro(5), euro(1_000), [euro(.max), euro(.max)], 0),
            (euro(0), euro(1_000), [], 0),
            (euro(300), nil, [], 0), (nil, nil, [dollar], 0), (dollar, euro(1_000), [], nil),
            (euro(5), euro(1_000), [dollar], nil),
            (nil, euro(1_000), [dollar], nil),
        ] as [(Refund.Amount?, Refund.Amount?, [Refund.Amount?], Int64?)])
    func taken(refund: Refund.Amount?, purchase: Refund.Amount?, earlier: [Refund.Amount?], expected: Int64?) {
        #expect(Refund.taken(by: refund, of: purchase, after: earlier) == expected)
    }

    @Test("an amount needs a currency, and is not below nothing")
    func amount() {
        #expect(Refund.Amount(minor: 5, currency: nil) == nil)
        #expect(Refund.Amount(minor: nil, currency: "EUR") == nil)
        #expect(Refund.Amount(minor: -5, currency: "EUR") == nil)
        #expect(Refund.Amount(minor: 5, currency: "EUR") == Self.euro(5))
    }
}
