import HTTPTypes
import Hummingbird

/// The first page in the browser: one document, one style, one script, one picture, all of them in the program.
extension EndpointTable {
    var pages: [Endpoint] {
        [
            page("/", "page", "The page in the browser.", Page.document, "text/html; charset=utf-8"),
            page("/page.css", "pageStyle", "How the page looks.", Page.style, "text/css; charset=utf-8"),
            page("/page.js", "pageScript", "What the page does.", Page.script, "text/javascript; charset=utf-8"),
            page("/icon.svg", "pageIcon", "The page's picture.", Page.icon, "image/svg+xml"),
        ]
    }

    private func page(_ path: String, _ name: String, _ summary: String, _ text: String, _ type: String) -> Endpoint {
        Endpoint(
            method: .get, path: path, name: name, summary: summary, access: .open, answer: .text(type),
            run: { _ in .text(text, type: type, headers: Self.pageHeaders) })
    }

    /// Nothing but what this port itself serves, no script and no style in the document, and no text that becomes script.
    private static let pageHeaders: HTTPFields = {
        let policy = [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
        ]
        var headers: HTTPFields = [.cacheControl: "no-cache", .contentSecurityPolicy: policy.joined(separator: "; ")]
        headers[HTTPField.Name("X-Frame-Options")!] = "DENY"
        headers[HTTPField.Name("Cross-Origin-Opener-Policy")!] = "same-origin"
        return headers
    }()
}
