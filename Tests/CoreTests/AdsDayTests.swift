import Testing

@testable import Core

@Suite("Days of an ad account")
struct AdsDayTests {
    @Test(
        "a day is read when it exists",
        arguments: [
            ("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2026-11-20", 20_777), ("2024-02-29", 19_782),
        ])
    func parse(text: String, number: Int) {
        #expect(AccountDay(text: text)?.number == number)
        #expect(AccountDay(number: number).text == text)
    }

    @Test(
        "anything else is no day",
        arguments: [
            "2026-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-04-31", "2026-1-01", "20260101", "2026-01-01T00", "",
            "2026/01/01",
            "-026-01-01", "2026-01-0١",
        ])
    func refuse(text: String) {
        #expect(AccountDay(text: text) == nil)
    }

    @Test("days count on over months, leap days and centuries")
    func counting() throws {
        var day = try #require(AccountDay(text: "1899-12-31"))
        for _ in 0..<100_000 {
            let next = day.adding(days: 1)
            #expect(AccountDay(text: next.text) == next)
            guard day < next, day.text < next.text else {
                Issue.record("\(next.text) does not follow \(day.text)")
                return
            }
            day = next
        }
        #expect(try #require(AccountDay(text: "2026-03-01")).adding(days: -1).text == "2026-02-28")
    }

    @Test(
        "the account's day at a moment, across both changes of the clocks",
        arguments: [
            // Warsaw: UTC+1, from 2026-03-29T01:00Z UTC+2, back at 2026-10-25T01:00Z.
            ("Europe/Warsaw", 1_774_738_799_999, "2026-03-28"),  // 2026-03-28T22:59:59.999Z
            ("Europe/Warsaw", 1_774_738_800_000, "2026-03-29"),  // 2026-03-28T23:00:00Z
            ("Europe/Warsaw", 1_774_821_599_999, "2026-03-29"),  // 2026-03-29T21:59:59.999Z, a day of 23 hours
            ("Europe/Warsaw", 1_774_821_600_000, "2026-03-30"),
            ("Europe/Warsaw", 1_792_879_199_999, "2026-10-24"),  // 2026-10-24T21:59:59.999Z
            ("Europe/Warsaw", 1_792_879_200_000, "2026-10-25"),
            ("Europe/Warsaw", 1_792_969_199_999, "2026-10-25"),  // 2026-10-25T22:59:59.999Z, a day of 25 hours
            ("Europe/Warsaw", 1_792_969_200_000, "2026-10-26"),
            // New York: UTC-5, from 2026-03-08T07:00Z UTC-4, back at 2026-11-01T06:00Z.
            ("America/New_York", 1_772_945_999_999, "2026-03-07"),  // 2026-03-08T04:59:59.999Z
            ("America/New_York", 1_772_946_000_000, "2026-03-08"),
            ("America/New_York", 1_773_028_799_999, "2026-03-08"),  // 2026-03-09T03:59:59.999Z
            ("America/New_York", 1_773_028_800_000, "2026-03-09"),
            ("America/New_York", 1_793_505_599_999, "2026-10-31"),  // 2026-11-01T03:59:59.999Z
            ("America/New_York", 1_793_505_600_000, "2026-11-01"),
            ("America/New_York", 1_793_595_599_999, "2026-11-01"),  // 2026-11-02T04:59:59.999Z
            ("America/New_York", 1_793_595_600_000, "2026-11-02"),
            // Kathmandu: UTC+5:45, no changes; until 1985 UTC+5:30.
            ("Asia/Kathmandu", 1_795_198_499_999, "2026-11-20"),  // 2026-11-20T18:14:59.999Z
            ("Asia/Kathmandu", 1_795_198_500_000, "2026-11-21"),
            ("Asia/Kathmandu", 0, "1970-01-01"),
            ("UTC", -1, "1969-12-31"),
        ] as [(String, Int64, String)])
    func dayAt(zone: String, ms: Int64, text: String) throws {
        let zone = try #require(AccountTimeZone(name: zone))
        #expect(AccountDay.of(ms: ms, timeZone: zone).text == text)
    }

    @Test(
        "a day begins when its clock shows midnight, or right after where midnight is skipped",
        arguments: [
            ("Europe/Warsaw", "2026-03-29", 1_774_738_800_000), ("Europe/Warsaw", "2026-03-30", 1_774_821_600_000),
            ("Europe/Warsaw", "2026-10-26", 1_792_969_200_000), ("America/New_York", "2026-11-02", 1_793_595_600_000),
            ("Asia/Kathmandu", "2026-11-21", 1_795_198_500_000), ("America/Santiago", "2023-09-03", 1_693_713_600_000),
        ] as [(String, String, Int64)])
    func startOfDay(zone: String, text: String, ms: Int64) throws {
        let zone = try #require(AccountTimeZone(name: zone))
        let day = try #require(AccountDay(text: text))
        #expect(zone.startMs(of: day) == ms)
        #expect(zone.day(atMs: ms) == day)
        #expect(zone.day(atMs: ms - 1) == day.adding(days: -1))
    }

    @Test("the zones that the gateway needs are there, and invented ones are not")
    func zones() {
        for name in ["Europe/Warsaw", "America/New_York", "Asia/Kathmandu", "UTC"] {
            #expect(AccountTimeZone(name: name)?.name == name)
        }
        for name in ["", "Mars/Olympus", "Europe", "GMT+25", "../etc/passwd"] { #expect(AccountTimeZone(name: name) == nil) }
    }

    @Test(
        "windows are named as Insights names them",
        arguments: [
            ("today", "2026-11-20", "2026-11-20"), ("yesterday", "2026-11-19", "2026-11-19"),
            ("last_7d", "2026-11-13", "2026-11-19"),
            ("last_7d+today", "2026-11-13", "2026-11-20"), ("last_1d", "2026-11-19", "2026-11-19"),
            ("last_30d", "2026-10-21", "2026-11-19"),
            ("last_90d+today", "2026-08-22", "2026-11-20"),
        ])
    func windows(text: String, first: String, last: String) throws {
        let window = try Window(text: text)
        let today = try #require(AccountDay(text: "2026-11-20"))
        #expect(window.text == text)
        #expect(window.range(today: today).lowerBound.text == first)
        #expect(window.range(today: today).upperBound.text == last)
    }

    @Test(
        "what is no window is refused with a sentence",
        arguments: [
            "", "last_0d", "last_91d", "last_7", "last_07d", "last_+7d", "last_-7d", "7d", "Today", "last_7d+ today",
            "today+today", "last_week",
        ])
    func noWindow(text: String) {
        #expect { try Window(text: text) } throws: { error in
            (error as? RuleTextError)?.sentence.contains("expected today, yesterday, last_Nd") ?? false
        }
    }
}
