extension Page {
    /// The list of events, its filters and the keys that move in it.
    static let scriptEvents = #"""

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
}
