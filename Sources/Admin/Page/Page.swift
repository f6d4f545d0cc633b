/// The page in the browser, as it is served. Its texts are in `Page+….swift`.
enum Page {
    static let icon = """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#17324d"/>\
        <path d="M8 22 24 8" stroke="#e0b04c" stroke-width="4" stroke-linecap="round"/></svg>
        """
}
