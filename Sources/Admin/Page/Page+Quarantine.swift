extension Page {
    /// Conversions that somebody has to mend: under what is dead.
    static let scriptQuarantine = #"""

        async function quarantineParts() {
          const answer = await ask('/v1/conversions/quarantine' + query({ limit: 50 }));
          const rows = answer.data;
          const title = el('h2', {}, 'In quarantine: conversions that were refused, until somebody mends them');
          if (app.mending && !rows.some((row) => row.id === app.mending.id)) app.mending = null;
          if (!rows.length) return [title, el('p', { class: 'faint' }, 'Nothing is in quarantine.')];
          const mayAct = app.who.may === 'act';
          return [title, el('table', { class: 'work', id: 'quarantine' },
            headings(['Event', 'What', 'Source', 'Dataset', 'Refused by', 'Since', 'Why'].concat(mayAct ? [''] : [])),
            el('tbody', {}, rows.map((row) => [quarantineRow(row, mayAct), mayAct ? mendRow(row) : null]))),
            answer.next_cursor ? el('p', { class: 'faint' }, 'These are the newest 50.') : null].filter(Boolean);
        }

        function quarantineRow(row, mayAct) {
          const isMended = app.mending && app.mending.id === row.id;
          return el('tr', { 'data-id': row.id, class: isMended ? 'mended' : null },
            el('td', {}, el('a', { class: 'mono', href: '#/events/' + row.id }, row.id)),
            el('td', {}, row.event_name, row.conversion_id ? el('div', { class: 'mono faint' }, row.conversion_id) : null),
            el('td', {}, row.source), el('td', { class: 'mono' }, row.dataset),
            el('td', {}, row.state === 'refused' ? 'Meta' : 'validation'),
            el('td', { class: 'time' }, ago(row.quarantined_at_ms === null ? row.received_at_ms : row.quarantined_at_ms)),
            el('td', { class: 'wrap' }, row.path ? el('div', { class: 'mono' }, dotted(row.path) || row.path) : null,
              reasonText(row.code + ': ' + row.message)),
            mayAct ? el('td', { class: 'buttons' },
              el('button', { type: 'button', 'data-edit': row.id, 'aria-expanded': isMended ? 'true' : 'false',
                on: { click: () => openMend(row) } }, 'Edit'),
              el('button', { type: 'button', 'data-replay': row.id, on: { click: (event) => replay(row.id, event.target) } }, 'Replay')) : null);
        }

        /** As an edit names it: `custom_data.value` for `$['custom_data']['value']`; empty where a part of it is not told. */
        function dotted(path) {
          if (!path || path.includes('…')) return '';
          return path.replace(/^\$/, '').replace(/\['([^']*)'\]|\[([0-9]+)\]/g, (_, key, place) => '.' + (key || place)).slice(1);
        }

        async function openMend(row) {
          app.mending = app.mending && app.mending.id === row.id ? null : { id: row.id, form: mendForm(row) };
          await loadHeld();
          if (app.mending) app.mending.form.elements[app.mending.form.elements.path.value ? 'value' : 'path'].focus();
        }

        /** The form stays the same element while the table around it is drawn anew: what is being written is not lost. */
        function mendRow(row) {
          return app.mending && app.mending.id === row.id ? el('tr', {}, el('td', { colspan: '8' }, app.mending.form)) : null;
        }

        function mendForm(row) {
          const close = () => { app.mending = null; loadHeld().catch((problem) => toast(problem.message)); };
          return el('form', { class: 'mend', autocomplete: 'off', on: {
            submit: (event) => { event.preventDefault(); mend(row.id, event.target, event.submitter); },
            keydown: (event) => { if (event.key === 'Escape') { event.stopPropagation(); close(); } },
          } },
            el('label', {}, 'Path', el('input', { name: 'path', class: 'mono', value: dotted(row.path), required: true, maxlength: '1024',
              placeholder: 'custom_data.value', spellcheck: 'false' })),
            el('label', { class: 'value' }, 'Value', el('input', { name: 'value', class: 'mono', maxlength: '4096', spellcheck: 'false',
              placeholder: 'a text, a number or JSON; nothing: the member goes' })),
            el('button', { type: 'submit', name: 'try' }, 'Try'),
            el('button', { type: 'submit', name: 'send', class: 'primary' }, 'Send on'),
            el('button', { type: 'button', on: { click: close } }, 'Cancel'),
            el('p', { class: 'said wrap', role: 'status' }, 'What names a person is hashed before it is stored.'));
        }

        /** Somebody writes into the form: what is around it waits. */
        function isMending() { return app.mending && app.mending.form.contains(document.activeElement); }

        /** `12.5` is a number, `"12.5"` and `EUR` are texts. */
        function mendValue(text) {
          try { return JSON.parse(text); } catch { return text; }
        }

        async function mend(id, form, pressed) {
          const path = form.elements.path.value.trim();
          const value = form.elements.value.value.trim();
          const said = form.querySelector('.said');
          const isTrial = pressed === null || pressed.name === 'try';
          const body = value === '' ? { unset: [path] } : { set: { [path]: mendValue(value) } };
          for (const button of form.querySelectorAll('button')) button.disabled = true;
          try {
            const outcome = await ask('/v1/conversions/quarantine/' + id + '/edit', { method: 'POST', body: Object.assign({ dry_run: isTrial }, body) });
            const goes = outcome.outcome === 'mended';
            said.className = 'said wrap';
            if (isTrial) {
              said.textContent = goes ? 'It would go on to Meta.' : 'It would leave quarantine, and go nowhere: it lacks consent or match keys.';
            } else {
              app.mending = null;
              toast(goes ? 'It goes on to Meta.' : leftOut);
              await loadHeld();
            }
          } catch (problem) {
            said.className = 'said wrap problem';
            said.textContent = problem.message;
          }
          for (const button of form.querySelectorAll('button')) button.disabled = false;
        }

        const leftOut = 'It has left quarantine, and goes nowhere: it lacks consent or match keys.';

        async function replay(id, button) {
          button.disabled = true;
          try {
            const report = await ask('/v1/conversions/quarantine/replay', { method: 'POST', body: { ids: [id] } });
            const outcome = report.data[0];
            toast(outcome.outcome === 'mended' ? 'It goes on to Meta.' : outcome.message || leftOut);
            await loadHeld();
          } catch (problem) {
            toast(problem.message);
          }
          button.disabled = false;
        }
        """#
}
