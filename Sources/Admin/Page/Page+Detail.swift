extension Page {
    /// One event with everything that came of it.
    static let scriptDetail = #"""

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
}
