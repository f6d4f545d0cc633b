extension Page {
    static let document = #"""
        <!doctype html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <meta name="color-scheme" content="light dark">
          <title>Touchstone</title>
          <link rel="icon" href="/icon.svg">
          <link rel="stylesheet" href="/page.css">
          <script src="/page.js" defer></script>
        </head>
        <body>
          <noscript>This page needs its script. Everything on it is also at <code>/v1</code>; see <code>/openapi.json</code>.</noscript>

          <main id="login" hidden>
            <form id="login-form" autocomplete="off">
              <h1><img src="/icon.svg" alt="" width="28" height="28"> Touchstone</h1>
              <label for="token">Admin token</label>
              <input id="token" name="token" type="password" autocomplete="off" spellcheck="false" required>
              <button class="primary" type="submit">Log in</button>
              <p id="login-problem" class="problem" role="alert"></p>
              <p class="faint">The token is exchanged for a cookie that this page's script can't read. It ends after 12 hours.</p>
            </form>
          </main>

          <div id="app" hidden>
            <header>
              <a class="brand" href="#/events"><img src="/icon.svg" alt="" width="20" height="20"> Touchstone</a>
              <nav aria-label="Views">
                <a href="#/events" data-view="events">Events</a>
                <a href="#/held" data-view="held">Held and dead
                  <span id="held-count" class="pill" title="held" hidden></span>
                  <span id="dead-count" class="pill dead" title="dead" hidden></span></a>
                <a href="#/queues" data-view="queues">Queues</a>
              </nav>
              <span id="summary" class="summary"></span>
              <span class="grow"></span>
              <span id="live" class="live" role="status"></span>
              <button id="theme" type="button" title="Light or dark (t)" aria-label="Light or dark">◐</button>
              <span id="who" class="faint"></span>
              <button id="logout" type="button">Log out</button>
            </header>

            <p id="away" class="away" role="alert" hidden></p>

            <section id="events" class="view" hidden>
              <aside id="facets" aria-label="Facets"></aside>
              <div class="list">
                <form id="filters" class="filters" autocomplete="off">
                  <input name="entity" placeholder="Entity or lead id" aria-label="Entity or lead id" maxlength="255" spellcheck="false">
                  <input name="kind" placeholder="Kind" aria-label="Kind" maxlength="128" spellcheck="false">
                  <input name="reason" placeholder="Reason" aria-label="Reason" maxlength="256" spellcheck="false">
                  <label>since <input name="since" type="datetime-local" title="Received at this time or later"></label>
                  <label>before <input name="until" type="datetime-local" title="Received before this time"></label>
                  <button type="submit">Filter</button>
                  <button id="clear" type="button">Clear</button>
                </form>
                <div class="scroll">
                  <table id="event-table">
                    <thead><tr><th>State</th><th>Received</th><th>Kind</th><th>Names</th><th>Workspace</th><th>Reason</th></tr></thead>
                    <tbody id="event-rows"></tbody>
                  </table>
                  <p id="event-note" class="note"></p>
                  <p><button id="older" type="button" hidden>Older</button></p>
                </div>
              </div>
              <article id="detail" aria-label="One event" tabindex="-1" hidden></article>
            </section>

            <section id="held" class="view single" hidden></section>
            <section id="queues" class="view single" hidden></section>
            <footer class="faint"><kbd>j</kbd> <kbd>k</kbd> move, <kbd>Enter</kbd> open, <kbd>Esc</kbd> close, <kbd>/</kbd> filter,
              <kbd>1</kbd> <kbd>2</kbd> <kbd>3</kbd> views, <kbd>t</kbd> light or dark</footer>
            <p id="toast" class="toast" role="status" hidden></p>
          </div>
        </body>
        </html>
        """#
}
