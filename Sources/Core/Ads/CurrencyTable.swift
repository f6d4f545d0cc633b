/// Meta's own currency offsets: how many API units one major unit has.
///
/// Source: <https://developers.facebook.com/docs/marketing-api/currencies>, as of 2026-09-12. These are not the ISO exponents:
/// COP, CRC, HUF, IDR and TWD are 1 here, BHD and JOD 100.
enum CurrencyTable {
    /// The API integer is the major unit itself.
    static let offset1: Set<String> = [
        "CLP", "COP", "CRC", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND",
    ]

    static let offset100: Set<String> = [
        "AED", "ARS", "AUD", "BDT", "BGN", "BHD", "BOB", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "DZD", "EGP", "EUR",
        "FBZ", "GBP", "GTQ", "HKD", "HNL", "HRK", "ILS", "INR", "JOD", "KES", "LTL", "LVL", "MOP", "MXN", "MYR", "NGN",
        "NIO", "NOK", "NZD", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "SKK", "THB",
        "TRY", "UAH", "USD", "UYU", "VEF", "VES", "ZAR",
    ]
}
