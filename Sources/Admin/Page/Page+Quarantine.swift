extension Page {
    /// Conversions that somebody has to mend: under what is dead.
    static let scriptQuarantine = #"""

        async function quarantineParts() {
          const rows = (await ask('/v1/conversions/quarantine' + query({ limit: 50 }))).data;
          const title = el('h2', {}, 'In quarantine: conversions that were refused, until somebody mends them');
          if (!rows.length) return [title, el('p', { class: 'faint' }, 'Nothing is in quarantine.')];
          const mayAct = app.who.may === 'act';
          return [title, el('table', { class: 'work' },
            headings(['Event', 'Name', 'Source', 'Dataset', 'Refused by', 'Since', 'Why'].concat(mayAct ? [''] : [])),
            el('tbody', {}, rows.map((row) => el('tr', {},
              el('td', {}, el('a', { class: 'mono', href: '#/events/' + row.id }, row.id)),
              el('td', {}, row.event_name), el('td', {}, row.source), el('td', { class: 'mono' }, row.dataset),
              el('td', {}, row.state === 'refused' ? 'Meta' : 'validation'),
              el('td', { class: 'time' }, ago(row.quarantined_at_ms === null ? row.received_at_ms : row.quarantined_at_ms)),
              el('td', { class: 'wrap' }, row.path ? el('span', { class: 'mono' }, row.path + ' ') : null, row.code + ': ' + row.message),
              mayAct ? el('td', {}, el('button', { type: 'button', on: { click: (event) => replay(row.id, event.target) } }, 'Replay')) : null))))];
        }

        async function replay(id, button) {
          button.disabled = true;
          try {
            const report = await ask('/v1/conversions/quarantine/replay', { method: 'POST', body: { ids: [id] } });
            toast(report.mended ? 'It goes on to Meta.' : report.data[0].message);
            await loadHeld();
          } catch (problem) {
            toast(problem.message);
          }
          button.disabled = false;
        }
        """#
}
