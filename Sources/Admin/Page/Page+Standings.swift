extension Page {
    /// What is held and dead, and how the queues stand.
    static let scriptStandings = #"""

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
}
