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

    private static let scriptEvents = #"""

        const labels = { states: 'State', reasons: 'Reason', kinds: 'Kind', workspaces: 'Workspace' };
        const filterOf = { states: 'state', reasons: 'reason', kinds: 'kind', workspaces: 'workspace' };

        /** The filters as the address of the page has them. */
        function readFilters(search) {
          const filters = {};
          for (const name of ['state', 'kind', 'reason', 'workspace', 'entity', 'object', 'field', 'since', 'until']) {
            const value = search.get(name);
            if (value) filters[name] = value;
          }
          return filters;
        }

        function showFilters() {
          for (const input of $('filters').elements) {
            if (!input.name) continue;
            const value = app.filters[input.name] || '';
            input.value = input.type === 'datetime-local' && value ? localTime(Number(value)) : value;
          }
        }

        function localTime(ms) {
          const date = new Date(ms - new Date(ms).getTimezoneOffset() * 60000);
          return date.toISOString().slice(0, 16);
        }

        function setFilter(name, value) {
          const filters = Object.assign({}, app.filters);
          if (value && filters[name] !== value) filters[name] = value; else delete filters[name];
          location.hash = '#/events' + query(filters);
        }

        async function loadEvents(isNew) {
          const asked = JSON.stringify(app.filters);
          const answer = await ask('/v1/events' + query(Object.assign({ limit: 100 }, app.filters)));
          if (asked !== JSON.stringify(app.filters)) return;
          const known = new Set(app.rows.map((row) => row.id));
          const fresh = new Set(isNew ? [] : answer.data.filter((row) => !known.has(row.id)).map((row) => row.id));
          if (isNew || !app.older) {
            app.rows = answer.data;
            app.next = answer.next_cursor;
          } else {
            const first = new Set(answer.data.map((row) => row.id));
            app.rows = answer.data.concat(app.rows.filter((row) => !first.has(row.id)));
          }
          drawEvents(fresh);
        }

        async function loadOlder() {
          if (!app.next) return;
          $('older').disabled = true;
          try {
            // What is rare may lie far back: each request looks at a bounded number of events.
            for (let asked = 0, found = 0; asked < 40 && found < 100 && app.next; asked += 1) {
              const filters = JSON.stringify(app.filters);
              const answer = await ask('/v1/events' + query(Object.assign({ limit: 100, cursor: app.next }, app.filters)));
              if (filters !== JSON.stringify(app.filters)) return;
              app.rows = app.rows.concat(answer.data);
              app.next = answer.next_cursor;
              app.older = true;
              found += answer.data.length;
              drawEvents(new Set());
            }
          } finally {
            $('older').disabled = false;
          }
        }

        function eventRow(row, isFresh) {
          const names = row.entities.map((entity) => entity.level + ' ' + entity.id).join('  ');
          return el('tr', {
            'data-id': row.id, tabindex: '-1', class: isFresh ? 'fresh' : null, 'aria-selected': row.id === app.chosen ? 'true' : 'false',
            on: { click: () => openEvent(row.id) },
          },
            el('td', {}, state(row.state)), el('td', { class: 'mono' }, time(row.received_at_ms)), el('td', {}, row.kind),
            el('td', { class: 'mono', title: names }, names || row.object + ' ' + row.object_id), el('td', {}, row.workspace),
            el('td', { title: row.reason }, reasonText(row.reason)));
        }

        function drawEvents(fresh) {
          const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.id : null;
          const before = new Map(Array.from($('event-rows').children).map((element) => [element.dataset.id, element]));
          const elements = app.rows.map((row) => {
            const text = JSON.stringify([row.state, row.reason, row.id === app.chosen]);
            const old = before.get(row.id);
            if (old && old.dataset.text === text) return old;
            const made = eventRow(row, fresh.has(row.id));
            made.dataset.text = text;
            return made;
          });
          const same = elements.length === before.size && elements.every((element, place) => $('event-rows').children[place] === element);
          if (!same) {
            $('event-rows').replaceChildren(...elements);
            const again = focused && elements.find((element) => element.dataset.id === focused);
            if (again) again.focus({ preventScroll: true });
          }
          $('older').hidden = !app.next;
          $('event-note').textContent = app.rows.length ? '' : app.next ? 'None among the newest. Look further back.'
            : Object.keys(app.filters).length ? 'No event matches these filters.' : 'Nothing has come in yet.';
        }

        async function loadFacets() {
          const filters = JSON.stringify(app.filters);
          const facets = await ask('/v1/facets' + query(app.filters));
          if (filters !== JSON.stringify(app.filters)) return;
          const parts = [];
          for (const [name, label] of Object.entries(labels)) {
            const filter = filterOf[name];
            const chosen = app.filters[filter];
            const values = facets[name].slice(0, 14);
            if (chosen && !values.some((row) => row.value === chosen)) values.unshift({ value: chosen, count: 0 });
            if (!values.length) continue;
            parts.push(el('h3', {}, label));
            for (const row of values) {
              parts.push(el('button', {
                type: 'button', title: row.value, 'aria-pressed': row.value === chosen ? 'true' : 'false', 'data-facet': filter,
                on: { click: () => setFilter(filter, row.value) },
              }, el('span', { class: 'value' }, name === 'states' ? state(row.value) : row.value),
                el('span', { class: 'count' }, row.count.toLocaleString('en'))));
            }
          }
          const counted = facets.is_whole ? 'All ' + facets.counted.toLocaleString('en') : 'The newest ' + facets.counted.toLocaleString('en');
          parts.push(el('p', { class: 'faint' }, counted + ' counted' + (facets.is_whole ? '.' : '; those that need somebody, in full.')));
          const focused = document.activeElement && document.activeElement.title;
          const had = $('facets').contains(document.activeElement);
          $('facets').replaceChildren(...parts);
          if (had) for (const button of $('facets').querySelectorAll('button')) if (button.title === focused) button.focus();
        }

        function move(step) {
          const rows = Array.from($('event-rows').children);
          if (!rows.length) return;
          const place = rows.findIndex((row) => row === document.activeElement);
          const chosen = rows.findIndex((row) => row.dataset.id === app.chosen);
          const from = place >= 0 ? place : chosen;
          const row = rows[Math.min(rows.length - 1, Math.max(0, from + step))];
          row.focus();
          row.scrollIntoView({ block: 'nearest' });
          if (app.chosen) openEvent(row.dataset.id);
        }
        """#

    private static let scriptDetail = #"""

        const words = { due: 'due next' };

        function openEvent(id) { location.hash = '#/events/' + id + query(app.filters); }
        function closeEvent() { location.hash = '#/events' + query(app.filters); }

        async function loadDetail(isNew) {
          const id = app.chosen;
          if (!id) return;
          let story;
          try {
            story = await ask('/v1/events/' + encodeURIComponent(id));
          } catch (problem) {
            if (app.chosen !== id || !(problem instanceof Refused) || problem.status !== 404) throw problem;
            $('detail').replaceChildren(el('p', {}, 'No event of this id is stored.'));
            $('detail').hidden = false;
            return;
          }
          if (app.chosen !== id) return;
          const text = JSON.stringify(story);
          if (!isNew && text === app.story) return;
          if (isNew) { app.bytes = null; app.answers = new Map(); }
          app.story = text;
          drawDetail(story);
          if (app.bytes) drawBytes(app.bytes);
          if (isNew) $('detail').scrollTop = 0;
        }

        function drawDetail(story) {
          const event = story.event;
          const dead = story.jobs.some((job) => job.state === 'dead')
            || story.messages.some((message) => message.state === 'dead' && !message.action_id);
          const facts = [
            ['Event', el('span', { class: 'mono' }, event.id)], ['Trace', el('span', { class: 'mono' }, event.trace)],
            ['Received', el('span', {}, time(event.received_at_ms), ', ', ago(event.received_at_ms))],
            ['Happened', event.occurred_at_ms > 0 ? time(event.occurred_at_ms) : null],
            ['Workspace', event.workspace], ['About', event.object + ' ' + event.object_id],
            ['Names', event.entities.length ? event.entities.map((entity) => entityLink(entity)) : null],
            ['Order', event.order_key && el('span', { class: 'mono' }, event.order_key)],
            ['Delivery', story.delivery && deliveryText(story.delivery, event)],
            ['Reason', event.reason && el('span', { class: 'wrap' }, reasonText(event.reason))],
            ['Fault', event.fault !== event.reason && event.fault],
            ['At Meta', story.conversion && conversionFact(story.conversion)],
          ];
          const parts = [
            el('div', { class: 'top' }, el('h2', {}, event.kind), state(event.state), el('span', { class: 'grow' }),
              dead && app.who.may === 'act'
                ? el('button', { type: 'button', class: 'primary', id: 'retry', on: { click: () => retry(event.id) } }, 'Retry') : null,
              el('button', { type: 'button', 'aria-label': 'Close', title: 'Close (Esc)', on: { click: closeEvent } }, '✕')),
            el('dl', {}, facts.filter((fact) => fact[1]).map((fact) => [el('dt', {}, fact[0]), el('dd', {}, fact[1])]).flat()),
          ];
          if (story.jobs.length) parts.push(el('h3', {}, 'Jobs'), jobTable(story.jobs));
          if (story.messages.length) {
            parts.push(el('h3', {}, 'Messages'));
            for (const message of story.messages) parts.push(messageBlock(message));
          }
          if (story.actions.length) parts.push(el('h3', {}, 'Actions'), actionTable(story.actions));
          parts.push(el('h3', {}, 'Timeline'), el('ol', { class: 'timeline' }, story.timeline.map((moment) =>
            el('li', { class: moment.what }, el('span', { class: 'mono faint' }, time(moment.at_ms)), ' ',
              el('strong', {}, words[moment.what] || moment.what), ' ', el('span', { class: 'faint' }, moment.subject),
              moment.text ? el('div', { class: 'wrap' }, reasonText(moment.text)) : null))));
          parts.push(el('h3', {}, 'What was sent'), el('div', { id: 'bytes' }, app.who.may === 'act'
            ? el('button', { type: 'button', id: 'show-bytes', on: { click: () => showBytes(event.id) } }, 'Show the bytes (this is logged)')
            : el('p', { class: 'faint' }, 'Sealed. It takes a token that may act to see it.')));
          $('detail').replaceChildren(...parts);
          $('detail').hidden = false;
        }

        /** Where a conversion is: an event whose jobs are done may be in quarantine. */
        function conversionFact(conversion) {
          const waits = conversion.state === 'quarantined' || conversion.state === 'refused';
          return el('div', { id: 'conversion' }, state(conversion.state), ' ',
            waits ? el('a', { href: '#/held' }, 'mend it') : null,
            conversion.replaced_by ? ['by ', el('a', { class: 'mono', href: '#/events/' + conversion.replaced_by }, conversion.replaced_by)] : null,
            waits && conversion.code ? el('div', { class: 'wrap' }, conversion.path ? el('div', { class: 'mono' }, dotted(conversion.path) || conversion.path) : null,
              reasonText(conversion.code + ': ' + conversion.message)) : null);
        }

        function entityLink(entity) {
          return el('div', {}, el('span', { class: 'faint' }, entity.level + ' '),
            el('a', { href: '#/events' + query({ entity: entity.id }), class: 'mono' }, entity.id));
        }

        function deliveryText(delivery, event) {
          const which = event.copy > 0 ? 'copy ' + event.copy + ' of change ' + (event.position + 1)
            : 'change ' + (event.position + 1) + ' of ' + (delivery.events + delivery.duplicates);
          return delivery.seq + ', ' + which + ', app ' + delivery.app;
        }

        function jobTable(jobs) {
          return el('table', {}, headings(['Route', 'State', 'Tries', 'Due', 'Reason']),
            el('tbody', {}, jobs.map((job) => el('tr', {}, el('td', {}, job.route), el('td', {}, state(job.standing)),
              el('td', { class: 'number' }, job.tries), el('td', { class: 'time' }, job.due_at_ms === null ? '' : ago(job.due_at_ms)),
              el('td', { class: 'wrap' }, gateLink(job.gate), reasonText(job.reason))))));
        }

        function gateLink(gate) { return gate ? [el('a', { class: 'mono', href: '#/held' }, gate), ' '] : null; }

        function messageBlock(message) {
          const head = el('p', {}, el('strong', {}, message.kind), ' ', el('span', { class: 'mono faint' }, message.id), ' ',
            state(message.standing), message.due_at_ms === null ? null : el('span', { class: 'faint' }, ' ', ago(message.due_at_ms)));
          const why = message.gate || message.reason
            ? el('p', { class: 'wrap' }, gateLink(message.gate), reasonText(message.reason)) : null;
          if (!message.attempts.length) return el('div', { class: 'message' }, head, why);
          return el('div', { class: 'message' }, head, why, el('table', {}, headings(['At', 'Attempt', 'Outcome', 'Took', 'Answer']),
            el('tbody', {}, message.attempts.map((attempt) => el('tr', {}, el('td', { class: 'time' }, time(attempt.at_ms)),
              el('td', { class: 'number' }, attempt.attempt),
              el('td', {}, attempt.outcome + (attempt.status === null ? '' : ' ' + attempt.status)),
              el('td', { class: 'number' }, attempt.duration_ms + ' ms'), el('td', { class: 'wrap' }, answerText(message, attempt)))))));
        }

        /** What a destination answered may hold what people wrote: it is shown with the bytes. */
        function answerText(message, attempt) {
          const answer = app.answers.get(message.id + ' ' + attempt.at_ms);
          return answer === undefined ? el('span', { class: 'faint' }, 'sealed') : answer || el('span', { class: 'faint' }, 'none');
        }

        function actionTable(actions) {
          return el('table', {}, headings(['Rule', 'Action', 'State', 'Reason']),
            el('tbody', {}, actions.map((action) => el('tr', {}, el('td', {}, action.rule),
              el('td', {}, action.action + ' ' + action.level + ' ' + action.entity_id + ': ' + action.old_value + ' → ' + action.new_value),
              el('td', {}, state(action.state)), el('td', { class: 'wrap' }, reasonText(action.reason))))));
        }

        async function showBytes(id) {
          try {
            const story = await ask('/v1/events/' + encodeURIComponent(id) + '?bytes=show');
            if (app.chosen !== id) return;
            app.bytes = story.bytes || { state: 'gone' };
            for (const message of story.messages) {
              for (const attempt of message.attempts) app.answers.set(message.id + ' ' + attempt.at_ms, attempt.answer);
            }
            const scroll = $('detail').scrollTop;
            drawDetail(story);
            drawBytes(app.bytes);
            $('detail').scrollTop = scroll;
          } catch (problem) {
            toast(problem.message);
          }
        }

        function drawBytes(bytes) {
          const place = $('bytes');
          if (!place) return;
          if (!bytes || bytes.state !== 'shown') {
            const words = { erased: 'Erased, because a person asked for it.', unreadable: 'It does not open with today’s keys.' };
            place.replaceChildren(el('p', { class: 'faint' }, (bytes && words[bytes.state]) || 'No longer stored.'));
            return;
          }
          const parts = [];
          if (bytes.value !== null) parts.push(el('p', { class: 'faint' }, 'This event’s part'), el('pre', { id: 'bytes-value' }, pretty(bytes.value)));
          const head = [bytes.method + ' ' + bytes.target].concat(bytes.headers.map((header) => header.name + ': ' + header.value)).join('\n');
          parts.push(el('p', { class: 'faint' }, 'The delivery, ' + bytes.size.toLocaleString('en') + ' bytes'
            + (bytes.is_cut ? ', its beginning' : '') + (bytes.encoding === 'hex' ? ', in hexadecimal digits' : '')));
          parts.push(el('pre', { id: 'bytes-body' }, head + '\n\n' + bytes.body));
          place.replaceChildren(...parts);
        }

        function pretty(text) {
          try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
        }

        async function retry(id, pressed) {
          const button = pressed || $('retry');
          if (button) button.disabled = true;
          try {
            const report = await ask('/v1/events/retry', { method: 'POST', body: { ids: [id] } });
            toast(report.jobs + ' job(s) and ' + report.messages + ' message(s) go on.');
            await refresh(false);
          } catch (problem) {
            toast(problem.message);
          }
          if (button) button.disabled = false;
        }
        """#

    private static let scriptStandings = #"""

        async function loadQueues() {
          const queues = (await ask('/v1/queues')).data;
          const of = (name) => queues.filter((row) => row.state === name).reduce((total, row) => total + row.count, 0);
          const shown = [['waiting', of('waiting') + of('parked')], ['due', of('due') + of('leased')]];
          $('summary').replaceChildren(...shown.filter((row) => row[1]).map((row) => {
            return el('span', {}, el('span', { class: 'state ' + row[0] }, row[1].toLocaleString('en') + ' ' + row[0]));
          }));
          $('held-count').hidden = !of('held');
          $('held-count').textContent = of('held').toLocaleString('en');
          $('dead-count').hidden = !of('dead');
          $('dead-count').textContent = of('dead').toLocaleString('en');
          if (app.view === 'queues') await drawQueues(queues);
        }

        async function drawQueues(queues) {
          const gateways = (await ask('/v1/gateways')).data;
          const inside = app.inside && await workOf(app.inside);
          $('queues').replaceChildren(...[
            el('h2', {}, 'Queues'),
            el('table', { class: 'narrow' }, headings(['Queue', 'State', 'Rows', 'Oldest', 'Gate']), el('tbody', {}, queues
              .filter((row) => row.count || row.state === 'due').map((row) => el('tr', {}, el('td', {}, row.queue), el('td', {}, state(row.state)),
                el('td', { class: 'number' }, row.count && row.queue !== 'deliveries' && row.queue !== 'touched' ? insideLink(row) : sum(row)),
                el('td', { class: 'time' }, row.oldest_ms === null ? el('span', { class: 'faint' }, '–') : span(row.oldest_ms)),
                el('td', {}, gateLink(row.gate)))))),
            inside && el('h2', {}, app.inside.queue + ', ' + app.inside.state + ' ', el('a', { class: 'small', href: '#/queues' }, 'close')),
            inside && (inside.length ? workTable(inside, null) : el('p', { class: 'faint' }, 'None among the newest 200.')),
            el('h2', {}, 'Gateways'),
            el('table', { class: 'narrow' }, headings(['Gateway', 'State', 'Program', 'Serves for', 'Seen']), el('tbody', {}, gateways.map((row) => el('tr', {},
              el('td', {}, row.host + ', process ' + row.pid + (row.is_this ? ' (this one)' : '')),
              el('td', {}, state(row.is_here ? 'here' : 'silent')),
              el('td', {}, row.program), el('td', { class: 'time' }, time(row.since_ms, span(Date.now() - row.since_ms))),
              el('td', { class: 'time' }, ago(row.seen_at_ms)))))),
          ].filter(Boolean));
        }

        function insideLink(row) {
          return el('a', { href: '#/queues' + query({ queue: row.queue, state: row.state, gate: row.gate }) }, sum(row));
        }

        /** The newest rows of one line of the queues: pairs of what it is and the row. */
        async function workOf(line) {
          const states = { held: 'held', dead: 'dead' };
          const search = query({ state: states[line.state] || 'open', gate: line.gate, limit: 200 });
          if (line.queue === 'jobs') {
            return named((await ask('/v1/jobs' + search)).data, []).filter((pair) => standsAs(pair[1], line.state));
          }
          const messages = (await ask('/v1/outbox' + search)).data
            .filter((message) => line.gate || (message.kind === 'conversion') === (line.queue === 'conversions'));
          return named([], messages).filter((pair) => standsAs(pair[1], line.state));
        }

        /** A row with a worker is one that waits, to the lists. */
        const standsAs = (row, name) => row.standing === name || (name === 'leased' && row.standing === 'waiting');
        const named = (jobs, messages) => jobs.map((job) => ['route ' + job.route, job])
          .concat(messages.map((message) => [message.kind + ' message', message]));

        async function loadHeld() {
          const gates = (await ask('/v1/gates')).data;
          const lists = await Promise.all(gates.map((gate) => heldRows(gate)));
          const dead = await Promise.all(['/v1/jobs', '/v1/outbox'].map((path) => ask(path + query({ state: 'dead', limit: 50 }))));
          const gone = named(dead[0].data, dead[1].data);
          const parts = [el('h2', {}, 'Held: goes on by itself when its gate opens')];
          if (!gates.length) parts.push(el('p', { class: 'faint' }, 'Every gate is open; nothing is held.'));
          gates.forEach((gate, place) => {
            const scope = gate.gate.startsWith('hold:') ? gate.gate.slice(5) : null;
            parts.push(el('div', { class: 'gate' },
              el('h3', {}, el('span', { class: 'state held' }, gate.gate)),
              el('dl', {},
                [['Why', gate.reason && reasonText(gate.reason)], ['Closed', gate.closed_at_ms === null ? null : ago(gate.closed_at_ms)],
                  ['Asked again', gate.probe_at_ms === null ? null : gate.probe_at_ms <= Date.now() ? 'now' : ago(gate.probe_at_ms)],
                  ['Opens', gate.probe_at_ms !== null ? null : gate.until_ms !== null ? ago(gate.until_ms) : scope === null ? null : 'when somebody releases it'],
                  ['Holds', gate.held.map((row) => sum(row) + ' in ' + row.queue).join(', ') || 'nothing'],
                ].filter((fact) => fact[1]).map((fact) => [el('dt', {}, fact[0]), el('dd', { class: 'wrap' }, fact[1])]).flat()),
              scope !== null && app.who.may === 'act'
                ? el('p', {}, el('button', { type: 'button', on: { click: () => release(scope) } }, 'Release')) : null,
              lists[place].length ? workTable(lists[place], gate) : null));
          });
          parts.push(el('h2', {}, 'Dead: gave up, until somebody retries it'));
          parts.push(gone.length ? workTable(gone, null) : el('p', { class: 'faint' }, 'Nothing is dead.'));
          parts.push(...await quarantineParts());
          const focused = document.activeElement;
          $('held').replaceChildren(...parts);
          if (focused && $('held').contains(focused)) focused.focus({ preventScroll: true });
        }

        /** The newest that a gate holds, of both queues. */
        async function heldRows(gate) {
          const search = query({ gate: gate.gate, state: 'held', limit: 20 });
          const has = (queue) => gate.held.some((row) => row.queue === queue && row.count);
          const jobs = has('jobs') ? (await ask('/v1/jobs' + search)).data : [];
          const messages = has('outbox') ? (await ask('/v1/outbox' + search)).data : [];
          return named(jobs, messages);
        }

        /** `gate`: whose reason is said above the table, and not again in each row. */
        function workTable(rows, gate) {
          const mayRetry = app.who.may === 'act' && rows.some((pair) => isRetried(pair[1]));
          const rest = (row) => (gate ? (row.reason === gate.reason ? null : reasonText(row.reason)) : [gateLink(row.gate), reasonText(row.reason)]);
          const hasRest = rows.some((pair) => (gate ? pair[1].reason && pair[1].reason !== gate.reason : pair[1].reason || pair[1].gate));
          const names = ['Event', 'What'].concat(gate ? [] : ['State'], ['Workspace', 'Tries', 'Since'], hasRest ? ['Reason'] : [], mayRetry ? [''] : []);
          return el('table', { class: 'work' + (hasRest ? '' : ' narrow') }, headings(names),
            el('tbody', {}, rows.map(([what, row]) => el('tr', {},
              el('td', {}, row.event_id ? el('a', { class: 'mono', href: '#/events/' + row.event_id }, row.event_id) : ''),
              el('td', {}, what), gate ? null : el('td', {}, state(row.standing)), el('td', {}, row.workspace), el('td', { class: 'number' }, row.tries),
              el('td', { class: 'time' }, ago(row.received_at_ms !== undefined ? row.received_at_ms : row.created_at_ms)),
              hasRest ? el('td', { class: 'wrap' }, rest(row)) : null,
              mayRetry ? el('td', {}, isRetried(row)
                ? el('button', { type: 'button', 'data-retry': row.event_id, on: { click: (event) => retry(row.event_id, event.target) } }, 'Retry')
                : null) : null))));
        }

        /** What a rule decided is decided anew, and never again as it was. */
        const isRetried = (row) => row.state === 'dead' && row.event_id && !row.action_id;

        async function release(scope) {
          try {
            const report = await ask('/v1/release', { method: 'POST', body: { scope } });
            toast(report.released + ' message(s) go on.');
            await loadHeld();
          } catch (problem) {
            toast(problem.message);
          }
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
