import Testing

@testable import Core

@Suite("Money in Meta's own units")
struct AdsMoneyTests {
    @Test(
        "the offsets are Meta's, not ISO's",
        arguments: [
            ("EUR", 100), ("USD", 100), ("PLN", 100), ("BHD", 100), ("JOD", 100), ("HUF", 1), ("JPY", 1), ("COP", 1), ("CRC", 1),
            ("IDR", 1),
            ("TWD", 1), ("CLP", 1), ("ISK", 1), ("KRW", 1), ("PYG", 1), ("VND", 1),
        ])
    func offsets(code: String, offset: Int64) {
        #expect(Currency(code: code)?.offset == offset)
    }

    @Test("a currency that the table does not have is none", arguments: ["LKR", "XXX", "eur", "", "EURO"])
    func unlisted(code: String) {
        #expect(Currency(code: code) == nil)
    }

    @Test("the table has all of Meta's currencies once, eleven of them without a minor unit")
    func tableSize() {
        #expect(CurrencyTable.offset1.count == 11)
        #expect(CurrencyTable.offset100.count == 55)
        #expect(CurrencyTable.offset1.isDisjoint(with: CurrencyTable.offset100))
    }

    @Test(
        "major text becomes minor units, half away from zero",
        arguments: [
            ("EUR", "42.17", 4217), ("EUR", "42", 4200), ("EUR", "42.", nil), ("EUR", ".5", nil), ("EUR", "0.005", 1),
            ("EUR", "0.0049999", 0),
            ("EUR", "-0.005", -1), ("EUR", "-42.174", -4217), ("EUR", "1e3", 100_000), ("EUR", "4.2E-1", 42),
            ("EUR", "1e400", nil),
            ("EUR", "1e-400", 0), ("EUR", "", nil), ("EUR", "abc", nil), ("EUR", "1,5", nil), ("EUR", "0x10", nil),
            ("EUR", "١", nil),
            ("EUR", "92233720368547758.07", Int64.max), ("EUR", "92233720368547758.08", nil), ("EUR", "1.2.3", nil),
            ("EUR", " 1", nil),
            ("EUR", "-", nil), ("EUR", "1e", nil), ("EUR", "000000000000000000000000000000000000000000000001.5", 150),
            ("EUR", "0.00000000000000000000000000000000000000000000000001", 0), ("JPY", "328.13", 328), ("JPY", "78.5", 79),
            ("JOD", "1.005", 101),
            ("EUR", "1.23456789012345678901234567890123456789012345", 123), ("EUR", "0e999", 0), ("EUR", "0e9999", nil),
        ] as [(String, String, Int64?)])
    func minor(code: String, text: String, minor: Int64?) throws {
        #expect(try #require(Currency(code: code)).minor(major: text) == minor)
    }

    @Test(
        "minor units are written as major ones",
        arguments: [
            ("EUR", 4217, "42.17"), ("EUR", 5, "0.05"), ("EUR", -5, "-0.05"), ("EUR", 100, "1.00"), ("HUF", 4217, "4217"),
            ("JOD", 1, "0.01"),
            ("EUR", Int64.min, "-92233720368547758.08"),
        ] as [(String, Int64, String)])
    func major(code: String, minor: Int64, text: String) throws {
        #expect(try #require(Currency(code: code)).major(minor: minor) == text)
    }

    @Test("minor to major and back is the same, in every currency")
    func roundTrip() throws {
        var random = SplitMix(seed: 1)
        for code in CurrencyTable.offset1.union(CurrencyTable.offset100) {
            let currency = try #require(Currency(code: code))
            for _ in 0..<50 {
                let minor = Int64.random(in: -1_000_000_000_000...1_000_000_000_000, using: &random)
                #expect(currency.minor(major: currency.major(minor: minor)) == minor)
            }
        }
    }

    @Test(
        "limits round towards less, minimums towards more",
        arguments: [
            ("EUR", "1.019", 101, 102), ("EUR", "-1.019", -102, -101), ("JPY", "0.5", 0, 1), ("JPY", "-0.5", -1, 0),
            ("JPY", "200", 200, 200),
        ] as [(String, String, Int64, Int64)])
    func rounding(code: String, amount: String, down: Int64, up: Int64) throws {
        let currency = try #require(Currency(code: code))
        let scaled = try #require(Scaled(text: amount))
        #expect(currency.minorDown(scaled) == down)
        #expect(currency.minorUp(scaled) == up)
    }

    @Test(
        "scaled numbers are read and written without loss",
        arguments: [
            ("3", 3_000_000, "3"), ("0.8", 800_000, "0.8"), ("-12.50", -12_500_000, "-12.5"), ("0.000001", 1, "0.000001"),
            ("0.0000005", 1, "0.000001"), ("-0", 0, "0"), ("+25", 25_000_000, "25"),
        ] as [(String, Int64, String)])
    func scaled(text: String, units: Int64, written: String) {
        #expect(Scaled(text: text)?.units == units)
        #expect(Scaled(units: units).text == written)
    }

    @Test("what does not fit is no number rather than a wrong one")
    func overflow() {
        #expect(Scaled(text: "9223372036854.775807")?.units == .max)
        #expect(Scaled(text: "9223372036854.775808") == nil)
        #expect(Scaled(Int64.max) == nil)
        #expect(Scaled(units: .max).adding(Scaled(units: 1)) == nil)
        #expect(Scaled.one.adding(.one)?.text == "2")
    }

    @Test("ratios of every size compare exactly")
    func ratios() throws {
        var random = SplitMix(seed: 2)
        for _ in 0..<2_000 {
            let (a, c) = (Int64.random(in: -50...50, using: &random), Int64.random(in: -50...50, using: &random))
            let (b, d) = (Int64.random(in: 1...50, using: &random), Int64.random(in: 1...50, using: &random))
            #expect((Ratio(a, over: b) < Ratio(c, over: d)) == (a * d < c * b))
            #expect((Ratio(a, over: b) == Ratio(c, over: d)) == (a * d == c * b))
        }
        let almost = try #require(Ratio(numerator: Int128.max - 1, denominator: Int128.max))
        #expect(almost < Ratio(1))
        #expect(almost > Ratio(Int64.max - 1, over: Int64.max))
        #expect(Ratio(1, over: 3) == Ratio(2, over: 6))
        #expect(Ratio(-1, over: 3) < Ratio(0))
    }

    @Test("arithmetic of ratios gives up rather than overflow")
    func ratioArithmetic() throws {
        let huge = try #require(Ratio(numerator: Int128.max, denominator: 1))
        #expect(huge.multiplied(by: Ratio(2)) == nil)
        #expect(huge.subtracting(Ratio(-1)) == nil)
        #expect(Ratio(1).divided(by: Ratio(0)) == nil)
        #expect(Ratio(1).divided(by: Ratio(-2)) == Ratio(-1, over: 2))
        #expect(Ratio(1, over: 2).subtracting(Ratio(1, over: 3)) == Ratio(1, over: 6))
        #expect(Ratio(numerator: 1, denominator: 0) == nil)
        #expect(Ratio(numerator: Int128.min, denominator: 1) == nil)
    }

    @Test(
        "ratios are shown with six places",
        arguments: [
            (Ratio(32_813, over: 7_813), "4.199795"), (Ratio(25_000, over: 100), "250"), (Ratio(-1, over: 2), "-0.5"),
            (Ratio(0, over: 7), "0"),
            (Ratio(1, over: 10_000_000), "0"), (Ratio(1, over: 8), "0.125"),
        ])
    func ratioText(ratio: Ratio, text: String) {
        #expect(ratio.text == text)
    }
}
