extension Migration {
    /// By what a conversion is known when it is told again, where that is not its id: a sale in a shop. NULL: by its id.
    static let saleKeys = """
        ALTER TABLE conversion_events ADD COLUMN sale_key TEXT;
        """
}
