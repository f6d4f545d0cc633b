extension Page {
    static let style = #"""
        :root {
          color-scheme: light;
          --ground: #f6f7f9; --panel: #ffffff; --line: #e1e5ea; --text: #1c2530; --faint: #66727f; --link: #1f5f99;
          --hover: #eef3f8; --chosen: #dceafa; --mark: #fff6d6; --primary: #1f5f99; --on-primary: #ffffff; --code: #f1f3f6;
          --done: #2c8a57; --open: #1f6fb8; --held: #a86a00; --dead: #c0322b; --unrouted: #7b6f9c;
        }
        :root[data-theme="dark"] {
          color-scheme: dark;
          --ground: #12171d; --panel: #1a2129; --line: #2b3540; --text: #dfe6ee; --faint: #8d9aa8; --link: #7db7ea;
          --hover: #222c36; --chosen: #24384c; --mark: #3a3520; --primary: #2f78b7; --on-primary: #ffffff; --code: #141a21;
          --done: #56b987; --open: #63aee8; --held: #e0a541; --dead: #f0746c; --unrouted: #ab9fd0;
        }
        @media (prefers-color-scheme: dark) {
          :root:not([data-theme="light"]) {
            color-scheme: dark;
            --ground: #12171d; --panel: #1a2129; --line: #2b3540; --text: #dfe6ee; --faint: #8d9aa8; --link: #7db7ea;
            --hover: #222c36; --chosen: #24384c; --mark: #3a3520; --primary: #2f78b7; --on-primary: #ffffff; --code: #141a21;
            --done: #56b987; --open: #63aee8; --held: #e0a541; --dead: #f0746c; --unrouted: #ab9fd0;
          }
        }
        * { box-sizing: border-box; }
        [hidden] { display: none !important; }
        html, body { height: 100%; margin: 0; }
        body { background: var(--ground); color: var(--text); font: 13px/1.45 system-ui, -apple-system, "Segoe UI", sans-serif; }
        h1, h2, h3 { font-weight: 600; margin: 0; }
        h2 { font-size: 15px; }
        h3 { font-size: 12px; color: var(--faint); text-transform: uppercase; letter-spacing: .05em; margin: 18px 0 6px; }
        a { color: var(--link); text-decoration: none; }
        a:hover { text-decoration: underline; }
        :focus-visible { outline: 2px solid var(--link); outline-offset: 1px; }
        code, pre, kbd, .mono { font-family: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, monospace; font-size: 12px; }
        kbd { border: 1px solid var(--line); border-radius: 4px; padding: 0 4px; background: var(--panel); }
        .faint { color: var(--faint); }
        .grow { flex: 1; }
        .problem { color: var(--dead); min-height: 1.4em; margin: 8px 0 0; }
        button, input {
          font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 4px 9px;
        }
        button { cursor: pointer; }
        button:hover { background: var(--hover); }
        button:disabled { opacity: .5; cursor: default; }
        button.primary { background: var(--primary); border-color: var(--primary); color: var(--on-primary); }

        #login { min-height: 100%; display: grid; place-items: center; padding: 24px; }
        #login form {
          width: min(340px, 100%); background: var(--panel); border: 1px solid var(--line); border-radius: 12px; padding: 26px;
        }
        #login h1 { display: flex; gap: 10px; align-items: center; font-size: 19px; margin-bottom: 18px; }
        #login label { display: block; margin-bottom: 4px; }
        #login input, #login button { width: 100%; padding: 8px 10px; }
        #login button { margin-top: 12px; }

        #app { height: 100%; display: flex; flex-direction: column; }
        header {
          display: flex; align-items: center; gap: 14px; padding: 7px 14px; background: var(--panel);
          border-bottom: 1px solid var(--line);
        }
        .brand { display: flex; gap: 8px; align-items: center; font-weight: 600; color: var(--text); }
        nav { display: flex; gap: 2px; }
        nav a { padding: 4px 10px; border-radius: 6px; color: var(--text); }
        nav a:hover { background: var(--hover); text-decoration: none; }
        nav a[aria-current] { background: var(--chosen); font-weight: 600; }
        .pill { background: var(--held); color: var(--panel); border-radius: 9px; padding: 0 6px; font-size: 11px; font-weight: 600; }
        .pill.dead { background: var(--dead); border-radius: 3px; }
        .away { margin: 0; padding: 7px 14px; background: var(--dead); color: var(--panel); font-weight: 600; }
        .stale .view { opacity: .6; }
        .summary { display: flex; gap: 12px; color: var(--faint); white-space: nowrap; overflow: hidden; }
        .live { white-space: nowrap; }
        .live::before {
          content: ""; display: inline-block; width: 7px; height: 7px; border-radius: 50%; margin-right: 6px; background: var(--faint);
        }
        .live.on::before { background: var(--done); }
        .live.off { color: var(--dead); }
        .live.off::before { background: var(--dead); border-radius: 0; }

        .view { flex: 1; min-height: 0; display: flex; }
        .single { display: block; overflow: auto; padding: 18px 22px; }
        .single h2 { margin-bottom: 10px; }
        .single table + h2, .single p + h2 { margin-top: 26px; }
        #facets { width: 226px; flex: none; overflow: auto; border-right: 1px solid var(--line); padding: 4px 12px 16px; }
        #facets button {
          display: flex; width: 100%; gap: 8px; border: 0; background: none; padding: 2px 7px; border-radius: 5px; text-align: left;
        }
        #facets button:hover { background: var(--hover); }
        #facets button[aria-pressed="true"] { background: var(--chosen); font-weight: 600; }
        #facets .value { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        #facets .count { color: var(--faint); font-variant-numeric: tabular-nums; }
        .list { flex: 1; min-width: 0; display: flex; flex-direction: column; }
        .filters {
          display: flex; flex-wrap: wrap; align-items: center; gap: 6px; padding: 8px 12px; border-bottom: 1px solid var(--line);
        }
        .filters label { color: var(--faint); white-space: nowrap; }
        .filters input { width: 140px; }
        .filters input[name="entity"] { width: 190px; }
        .filters input[type="datetime-local"] { width: 190px; color: var(--faint); }
        .scroll { flex: 1; overflow: auto; }
        .scroll > p { padding: 0 12px; }
        .note { color: var(--faint); }

        table { border-collapse: collapse; width: 100%; background: var(--panel); }
        th {
          text-align: left; font-weight: 500; color: var(--faint); font-size: 12px; padding: 5px 12px; background: var(--panel);
          border-bottom: 1px solid var(--line); white-space: nowrap;
        }
        #event-table { table-layout: fixed; }
        #event-table th { position: sticky; top: 0; z-index: 1; }
        #event-table th:nth-child(1) { width: 112px; }
        #event-table th:nth-child(2) { width: 104px; }
        #event-table th:nth-child(3) { width: 200px; }
        #event-table th:nth-child(5) { width: 120px; }
        #event-table th:nth-child(6) { width: 32%; }
        td.time, td.number { white-space: nowrap; }
        table.narrow { width: auto; min-width: min(620px, 100%); }
        .work td { white-space: nowrap; }
        .work td.wrap { white-space: normal; min-width: 260px; }
        .work button { padding: 0 9px; }
        .work td.buttons { text-align: right; }
        .work td.buttons button + button { margin-left: 6px; }
        tr.mended, tr.mended td { background: var(--chosen); border-bottom: 0; }
        .mend { display: flex; flex-wrap: wrap; align-items: end; gap: 8px; padding: 6px 0 4px; max-width: 980px; }
        .mend label { display: grid; gap: 2px; color: var(--faint); font-size: 12px; flex: 1 1 200px; }
        .mend label.value { flex: 2 1 260px; }
        .mend input { color: var(--text); width: 100%; }
        .mend button { padding: 4px 12px; }
        .mend .said { flex: 1 0 100%; margin: 0; color: var(--faint); white-space: normal; }
        .mend .said.problem { color: var(--dead); }
        .small { font-size: 12px; font-weight: 400; margin-left: 8px; }
        td { padding: 4px 12px; border-bottom: 1px solid var(--line); vertical-align: top; }
        #event-table td { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        #event-rows tr { cursor: pointer; }
        #event-rows tr:hover { background: var(--hover); }
        #event-rows tr[aria-selected="true"] { background: var(--chosen); }
        #event-rows tr:focus-visible { outline-offset: -2px; }
        #event-rows tr.fresh { animation: fresh 2.4s ease-out; }
        @keyframes fresh { from { background: var(--mark); } }
        @media (prefers-reduced-motion: reduce) { #event-rows tr.fresh { animation: none; } }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
        .single table, #detail table { border: 1px solid var(--line); border-radius: 8px; }
        .wrap { overflow-wrap: anywhere; }
        .gate { margin-bottom: 26px; }
        .gate h3 { text-transform: none; letter-spacing: 0; font-size: 13px; color: var(--text); overflow-wrap: anywhere; }
        .gate table { margin-top: 10px; }
        .beside .filters input, .beside .filters input[name="entity"] { width: 128px; }
        .beside .filters input[type="datetime-local"] { width: 172px; }
        .beside #event-table th:nth-child(2) { width: 92px; }
        .beside #event-table th:nth-child(3) { width: 160px; }
        .beside #event-table th:nth-child(n+5), .beside #event-table td:nth-child(n+5) { display: none; }
        @media (max-width: 1250px) { .beside #facets { display: none; } }

        /* A shape for each state beside its colour and its word. */
        .state { white-space: nowrap; }
        .state::before {
          content: ""; display: inline-block; width: 8px; height: 8px; margin-right: 7px; background: currentColor; border-radius: 50%;
        }
        .state.done, .state.sent, .state.forwarded, .state.here { color: var(--done); }
        .state.open, .state.due, .state.leased, .state.waiting, .state.parked, .state.queued { color: var(--open); }
        .state.open::before, .state.waiting::before, .state.parked::before, .state.queued::before {
          background: none; box-shadow: inset 0 0 0 2px currentColor;
        }
        .state.held { color: var(--held); }
        .state.held::before {
          border-radius: 0; background: linear-gradient(90deg, currentColor 3px, transparent 3px 5px, currentColor 5px);
        }
        .state.dead, .state.failed, .state.conflict, .state.quarantined, .state.refused { color: var(--dead); }
        .state.dead::before, .state.failed::before, .state.conflict::before, .state.quarantined::before, .state.refused::before {
          border-radius: 0; width: 10px; height: 10px; margin: 0 6px -1px -1px;
          clip-path: polygon(20% 0, 50% 30%, 80% 0, 100% 20%, 70% 50%, 100% 80%, 80% 100%, 50% 70%, 20% 100%, 0 80%, 30% 50%, 0 20%);
        }
        .state.unrouted, .state.silent, .state.left_out, .state.replaced { color: var(--unrouted); }
        .state.unrouted::before, .state.silent::before, .state.left_out::before, .state.replaced::before { border-radius: 0; height: 2px; margin-bottom: 3px; }

        #detail {
          width: min(620px, 52%); flex: none; overflow: auto; background: var(--panel); border-left: 1px solid var(--line);
          padding: 14px 18px 30px;
        }
        #detail:focus { outline: none; }
        #detail .top { display: flex; gap: 10px; align-items: center; flex-wrap: wrap; }
        #detail table { font-size: 12px; }
        #detail td, #detail th { padding: 4px 8px; }
        .message { margin-bottom: 12px; }
        .message p { margin: 4px 0; }
        .message .state { margin: 0 6px; }
        .code { color: var(--faint); margin-right: 3px; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 14px; margin: 10px 0 0; }
        dt { color: var(--faint); }
        dd { margin: 0; overflow-wrap: anywhere; }
        ol.timeline { list-style: none; margin: 0; padding: 0; border-left: 2px solid var(--line); }
        ol.timeline li { position: relative; padding: 2px 0 7px 14px; }
        ol.timeline li::before {
          content: ""; position: absolute; left: -5px; top: 8px; width: 8px; height: 8px; border-radius: 50%; background: var(--faint);
        }
        ol.timeline li.sent::before, ol.timeline li.finished::before { background: var(--done); }
        ol.timeline li.dead::before, ol.timeline li.quarantined::before { background: var(--dead); }
        ol.timeline li.due::before { background: var(--panel); border: 2px solid var(--open); }
        pre {
          background: var(--code); border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; margin: 6px 0 0;
          white-space: pre-wrap; overflow-wrap: anywhere; max-height: 420px; overflow: auto;
        }
        footer { padding: 4px 14px; border-top: 1px solid var(--line); font-size: 12px; }
        .toast {
          position: fixed; left: 50%; bottom: 34px; transform: translateX(-50%); background: var(--text); color: var(--ground);
          border-radius: 8px; padding: 8px 14px; margin: 0; max-width: 80vw;
        }
        @media (max-width: 1000px) {
          #facets, .summary, footer, #who { display: none; }
          #detail { position: fixed; inset: 0; width: 100%; border: 0; z-index: 2; }
          header { flex-wrap: wrap; gap: 6px 10px; }
          #event-table th:nth-child(5), #event-table td:nth-child(5) { display: none; }
        }
        /* A telephone: an event is two lines, and what is wide scrolls by itself. */
        @media (max-width: 640px) {
          .brand { font-size: 0; gap: 0; }
          .single { padding: 14px 12px; }
          #detail { padding: 12px 12px 30px; }
          .filters input, .filters input[name="entity"] { flex: 1 1 120px; width: auto; }
          .filters label { display: none; }
          #event-table thead { display: none; }
          #event-table, #event-rows { display: block; }
          #event-rows tr { display: grid; grid-template-columns: 92px 1fr max-content; padding: 5px 0; border-bottom: 1px solid var(--line); }
          #event-table td { border: 0; padding: 0 12px; }
          #event-table td:nth-child(1) { order: 1; }
          #event-table td:nth-child(3) { order: 2; padding: 0; }
          #event-table td:nth-child(2) { order: 3; }
          #event-table td:nth-child(4) { order: 4; grid-column: 1 / -1; color: var(--faint); }
          #event-table td:nth-child(6) { order: 5; grid-column: 1 / -1; }
          .single table, #detail table { display: block; overflow-x: auto; }
          .single td:first-child { white-space: nowrap; }
          #quarantine thead { display: none; }
          #quarantine tbody { display: block; }
          #quarantine tr { display: grid; grid-template-columns: 1fr max-content; padding: 6px 0; border-bottom: 1px solid var(--line); }
          #quarantine tr.mended { border-bottom: 0; }
          #quarantine td { border: 0; padding: 1px 12px; }
          #quarantine td:nth-child(1) { order: 1; }
          #quarantine td:nth-child(6) { order: 2; color: var(--faint); text-align: right; }
          #quarantine td:nth-child(2) { order: 3; }
          #quarantine td:nth-child(5) { order: 4; text-align: right; }
          #quarantine td:nth-child(3) { order: 5; }
          #quarantine td:nth-child(4) { order: 6; text-align: right; }
          #quarantine td:nth-child(7) { order: 7; grid-column: 1 / -1; }
          #quarantine td:nth-child(8) { order: 8; grid-column: 1 / -1; padding-top: 5px; }
          #quarantine td[colspan] { grid-column: 1 / -1; }
        }
        """#
}
