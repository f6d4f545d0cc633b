import Listener

/// What a person sees who follows up on the deletion of their data: the same page for every code, so that codes can't be tried out.
enum DeletionPage {
    static let reply = Reply(
        status: 200,
        headers: [
            ("content-type", "text/html; charset=utf-8"),
            ("content-security-policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
            ("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("cache-control", "no-store"),
        ],
        body: Array(page.utf8))

    private static let page = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="robots" content="noindex">
        <title>Deletion of your data</title>
        </head>
        <body>
        <main>
        <h1>Deletion of your data</h1>
        <p>A request to delete your data that reached us from Meta is carried out by itself, as a rule within a few minutes.
        You need not do anything more.</p>
        <p>What is deleted: what you wrote and whatever names you, such as answers to forms, comments and messages.
        What stays are numbers that do not name you.</p>
        <p>This page looks the same for every confirmation code. If you have a question, send your code to the business whose app you used.</p>
        </main>
        </body>
        </html>

        """
}
