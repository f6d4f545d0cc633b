import Core

/// The schema `reporting` of PostgreSQL: views for people's own SQL and for BI tools.
///
/// Times are `timestamptz`, money is in major units of the currency beside it, truth is `boolean`. No view shows what is sealed, nor anything
/// that people wrote. The views read with the rights of their owner: who may read them needs no right on a table.
package enum Reporting {
    /// Makes the schema and its views in the tables' own database; running it again changes nothing.
    ///
    /// To be run after the migrations and by one connection at a time. Columns of a view are only added, at its end: PostgreSQL
    /// replaces a view in place (and keeps what was granted on it) only then.
    package static let script =
        (["CREATE SCHEMA IF NOT EXISTS reporting", currencies] + rules + figures + people)
        .joined(separator: ";\n\n") + ";\n"

    /// Meta's own offsets; a currency that is not there is kept in hundredths.
    private static let currencies = """
        CREATE OR REPLACE VIEW reporting.currencies (currency, minor_per_major) AS
        VALUES \(Currency.all.map { "('\($0.code)', \($0.offset))" }.joined(separator: ", "));
        COMMENT ON VIEW reporting.currencies IS
            'Minor units per major unit as Meta counts them (not the ISO exponents). Any other currency is kept in hundredths.'
        """

    /// The offset of the currency that `currency` names.
    static func offset(_ currency: String) -> String {
        "COALESCE((SELECT known.minor_per_major FROM reporting.currencies known WHERE known.currency = \(currency)), 100)"
    }

    /// Minor units as major ones.
    static func major(_ minor: String, _ currency: String) -> String {
        "((\(minor))::numeric / \(offset(currency)))::numeric(20, 2)"
    }

    /// Milliseconds since 1970 as a time.
    static func time(_ ms: String) -> String { "to_timestamp((\(ms)) / 1000.0)" }

    /// The name that an entity had when it was last read.
    static func entityName(_ table: String) -> String {
        """
        (SELECT n.name FROM entities n WHERE n.workspace_id = \(table).workspace_id AND n.level = \(table).level
                AND n.entity_id = \(table).entity_id)
        """
    }
}
