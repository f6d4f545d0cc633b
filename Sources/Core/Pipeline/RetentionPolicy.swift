/// How long each kind of row is kept, in ms. What is still open or held is kept whatever its age.
package struct RetentionPolicy: Sendable, Equatable {
    /// Raw bytes. Never under 8 days: conversions are built from them for up to 7.
    package var deliveriesMs: Int64 = 30 * day
    /// Events with their jobs, messages and attempts.
    package var eventsMs: Int64 = 90 * day
    /// Answers of people: as long as Meta keeps them itself.
    package var leadsMs: Int64 = 90 * day
    package var engagementsMs: Int64 = 90 * day
    package var conversionsMs: Int64 = 90 * day
    /// Metric facts and own figures: a year and a month, so that the same month can be compared.
    package var factsMs: Int64 = 400 * day
    package var executionsMs: Int64 = 90 * day
    package var apiLogsMs: Int64 = 30 * day

    private static let day: Int64 = 86_400_000

    package init() {}
}
