extension Page {
    /// Everything that came from outside goes into the page as text: `textContent` and attributes, never markup.
    static let script = [scriptBase, scriptEvents, scriptDetail, scriptStandings, scriptQuarantine, scriptStart]
        .joined(separator: "\n")

    private static let scriptBase = #"""
        'use strict';

        const $ = (id) => document.getElementById(id);
        const app = { who: null, view: 'events', filters: {}, rows: [], next: null, older: false, chosen: null, failures: 0, inside: null, mending: null,
          answers: new Map() };

        /** An element with attributes and children; text stays text. */
        function el(tag, attributes, ...children) {
          const element = document.createElement(tag);
          for (const [name, value] of Object.entries(attributes || {})) {
            if (value === null || value === undefined || value === false) continue;
            if (name === 'class') element.className = value;
            else if (name === 'on') for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
            else element.setAttribute(name, value === true ? '' : String(value));
          }
          for (const child of children.flat(Infinity)) {
            if (child === null || child === undefined || child === false) continue;
            element.append(child instanceof Node ? child : document.createTextNode(String(child)));
          }
          return element;
        }

        class Refused extends Error {
          constructor(status, error) {
            super((error && error.message) || 'The gateway answered ' + status + '.');
            this.status = status;
          }
        }

        async function ask(path, options) {
          const given = options || {};
          const response = await fetch(path, {
            method: given.method || 'GET', credentials: 'same-origin', cache: 'no-store',
            headers: Object.assign({ 'X-Touchstone': 'page' }, given.body ? { 'Content-Type': 'application/json' } : {}),
            body: given.body ? JSON.stringify(given.body) : undefined,
          });
          let answer = null;
          try { answer = await response.json(); } catch { answer = null; }
          if (response.ok) return answer;
          if (response.status === 401 && !given.isLogIn) showLogIn();
          throw new Refused(response.status, answer && answer.error);
        }

        function query(values) {
          const search = new URLSearchParams();
          for (const [name, value] of Object.entries(values)) if (value !== '' && value != null) search.set(name, value);
          const text = search.toString();
          return text ? '?' + text : '';
        }

        function toast(text) {
          $('toast').textContent = text;
          $('toast').hidden = false;
          clearTimeout(toast.timer);
          toast.timer = setTimeout(() => { $('toast').hidden = true; }, 5000);
        }

        function span(ms) {
          const seconds = Math.max(0, Math.round(ms / 1000));
          if (seconds < 60) return seconds + ' s';
          if (seconds < 3600) return Math.floor(seconds / 60) + ' min';
          if (seconds < 86400) return Math.floor(seconds / 3600) + ' h ' + Math.floor(seconds % 3600 / 60) + ' min';
          return Math.floor(seconds / 86400) + ' d ' + Math.floor(seconds % 86400 / 3600) + ' h';
        }

        function clock(ms) {
          const date = new Date(ms);
          const today = date.toDateString() === new Date().toDateString();
          const time = date.toTimeString().slice(0, 8);
          return today ? time : date.toISOString().slice(5, 10) + ' ' + time.slice(0, 5);
        }

        function time(ms, text) {
          if (ms === null) return el('span', { class: 'faint' }, '–');
          const date = new Date(ms);
          return el('time', { datetime: date.toISOString(), title: date.toISOString() }, text || clock(ms));
        }

        function ago(ms) {
          if (ms === null) return el('span', { class: 'faint' }, '–');
          const gap = Date.now() - ms;
          return time(ms, gap >= 0 ? span(gap) + ' ago' : 'in ' + span(-gap));
        }

        const state = (word) => el('span', { class: 'state ' + word }, word);
        const headings = (names) => el('thead', {}, el('tr', {}, names.map((name) => el('th', {
          class: ['Rows', 'Tries', 'Attempt', 'Took'].includes(name) ? 'number' : null }, name))));

        /** A reason is stored as its code, a colon and a sentence. */
        function reasonText(reason) {
          const parts = /^([a-z0-9_]+): (.*)$/s.exec(reason || '');
          return parts ? [el('span', { class: 'mono code' }, parts[1]), ' ', parts[2]] : reason || '';
        }

        const sum = (row) => row.count.toLocaleString('en') + (row.at_least ? '+' : '');

        function showLogIn() {
          app.who = null;
          $('app').hidden = true;
          $('login').hidden = false;
          $('token').focus();
        }
        """#

    private static let scriptStart = #"""

        /** What the address of the page asks for. */
        function route() {
          const [path, search] = location.hash.replace(/^#/, '').split('?');
          const parts = path.split('/').filter(Boolean);
          const view = ['events', 'held', 'queues'].includes(parts[0]) ? parts[0] : 'events';
          app.view = view;
          for (const name of ['events', 'held', 'queues']) $(name).hidden = name !== view;
          for (const link of document.querySelectorAll('nav a')) {
            if (link.dataset.view === view) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
          }
          const asked = new URLSearchParams(search || '');
          app.inside = view === 'queues' && asked.get('queue')
            ? { queue: asked.get('queue'), state: asked.get('state') || 'due', gate: asked.get('gate') } : null;
          if (view !== 'events') return refresh(true);
          const filters = readFilters(asked);
          const isNew = JSON.stringify(filters) !== JSON.stringify(app.filters) || !app.rows.length;
          const chosen = /^[0-9]+$/.test(parts[1] || '') ? parts[1] : null;
          const isOther = chosen !== app.chosen;
          app.filters = filters;
          app.chosen = chosen;
          showFilters();
          if (isNew) { app.older = false; app.next = null; app.rows = []; }
          $('events').classList.toggle('beside', Boolean(chosen));
          if (!chosen) { $('detail').hidden = true; app.story = null; app.bytes = null; }
          drawEvents(new Set());
          return refresh(isNew, isOther);
        }

        async function refresh(isNew, isOther) {
          if (!app.who) return;
          try {
            if (app.view === 'events') await Promise.all([loadEvents(isNew), loadDetail(Boolean(isNew || isOther))]);
            if (app.view === 'held' && !isMending()) await loadHeld();
            if (isNew && app.view === 'events') {
              await loadFacets();
              if (!app.rows.length && app.next) await loadOlder();
            }
            if (isNew || app.ticks % 3 === 0) await loadQueues();
            else if (app.view === 'queues') await loadQueues();
            app.failures = 0;
            app.seenAt = Date.now();
            showAway('');
            $('live').className = 'live on';
            $('live').textContent = 'live';
          } catch (problem) {
            if (!app.who) return;
            app.failures += 1;
            $('live').className = 'live off';
            $('live').textContent = 'not live';
            showAway((problem instanceof Refused ? problem.message : 'The gateway does not answer.')
              + (app.seenAt ? ' What is shown is from ' + clock(app.seenAt) + '.' : '') + ' Asking again.');
          }
        }

        /** Over everything else that is shown: it may be old. */
        function showAway(text) {
          $('away').textContent = text;
          $('away').hidden = !text;
          $('app').classList.toggle('stale', Boolean(text));
        }

        app.ticks = 0;
        async function tick() {
          app.ticks += 1;
          if (app.who && document.visibilityState === 'visible') {
            await refresh(false);
            if (app.view === 'events' && app.ticks % 5 === 0 && !app.failures) await loadFacets().catch(() => {});
          }
          setTimeout(tick, Math.min(30000, 2000 * (1 + app.failures)));
        }

        async function enter(who) {
          app.who = who;
          app.mending = null;
          $('who').textContent = who.name + ' (' + who.may + ')';
          $('login').hidden = true;
          $('app').hidden = false;
          await route();
        }

        function setTheme(theme) {
          if (theme) document.documentElement.dataset.theme = theme; else delete document.documentElement.dataset.theme;
          try { localStorage.setItem('theme', theme || ''); } catch { return; }
        }

        function turnTheme() {
          const dark = matchMedia('(prefers-color-scheme: dark)').matches;
          const now = document.documentElement.dataset.theme || (dark ? 'dark' : 'light');
          setTheme(now === 'dark' ? 'light' : 'dark');
        }

        $('login-form').addEventListener('submit', async (event) => {
          event.preventDefault();
          $('login-problem').textContent = '';
          try {
            const who = await ask('/v1/session', { method: 'POST', body: { token: $('token').value }, isLogIn: true });
            $('token').value = '';
            await enter(who);
          } catch (problem) {
            $('login-problem').textContent = problem.status === 401 ? 'This is no token of this gateway.' : problem.message;
          }
        });
        $('logout').addEventListener('click', async () => {
          await ask('/v1/session', { method: 'DELETE' }).catch(() => {});
          showLogIn();
        });
        $('filters').addEventListener('submit', (event) => {
          event.preventDefault();
          const filters = Object.assign({}, app.filters);
          for (const input of event.target.elements) {
            if (!input.name) continue;
            const value = input.type === 'datetime-local' && input.value ? String(new Date(input.value).getTime()) : input.value.trim();
            if (value) filters[input.name] = value; else delete filters[input.name];
          }
          location.hash = '#/events' + query(filters);
        });
        $('clear').addEventListener('click', () => { location.hash = '#/events'; });
        $('older').addEventListener('click', () => { loadOlder().catch((problem) => toast(problem.message)); });
        $('theme').addEventListener('click', turnTheme);
        window.addEventListener('hashchange', route);
        document.addEventListener('keydown', (event) => {
          if (event.ctrlKey || event.metaKey || event.altKey || !app.who) return;
          const isTyping = ['INPUT', 'TEXTAREA'].includes(document.activeElement.tagName);
          if (event.key === 'Escape') {
            if (isTyping) document.activeElement.blur(); else if (app.chosen) closeEvent();
            return;
          }
          if (isTyping) return;
          const views = { 1: 'events', 2: 'held', 3: 'queues' };
          if (views[event.key]) location.hash = '#/' + views[event.key];
          else if (event.key === 't') turnTheme();
          else if (app.view !== 'events') return;
          else if (event.key === '/') { event.preventDefault(); $('filters').elements.entity.focus(); }
          else if (event.key === 'j' || event.key === 'ArrowDown') { event.preventDefault(); move(1); }
          else if (event.key === 'k' || event.key === 'ArrowUp') { event.preventDefault(); move(-1); }
          else if (event.key === 'Enter' && document.activeElement.dataset.id) openEvent(document.activeElement.dataset.id);
        });

        try { setTheme(localStorage.getItem('theme')); } catch { setTheme(null); }
        ask('/v1/session').then(enter).catch(() => showLogIn());
        tick();
        """#
}
