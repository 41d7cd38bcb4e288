/* A field that searches on the server by typing (input[data-search-choices], its address) and offers what was found: a
   combobox after the ARIA pattern, whose list box stands after it. What is chosen is told by the event `chosen` at the
   field, with the row; before, `found` lets the page take rows out. Rows to choose have data-value. data-search-with
   names a further field whose value goes along. Fields may come and go: all is asked of the page when it is needed. */
(function () {
  'use strict';
  const { nearest } = window.IGNY8;
  const DELAY = 150;
  let active = -1;
  let asked = 0;
  let soon = null;
  let isLoading = false; // the rows are those of what was typed before
  let wants = false; // Enter was pressed while the choices were on their way

  const fieldOf = (event) => (event.target.matches?.('[data-search-choices]') ? event.target : null);
  const listOf = (field) => document.getElementById(field.getAttribute('aria-controls'));
  const rowsOf = (field) => [...listOf(field).querySelectorAll('[data-value]')];
  const tell = (field, name, detail) => field.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));

  /** What an address answers to a query, as elements. */
  async function fetched(address, query) {
    const answer = await fetch(`${address}?${new URLSearchParams(query)}`, { headers: { 'HX-Request': 'true' } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const template = document.createElement('template');
    template.innerHTML = await answer.text();
    return [...template.content.children];
  }
  function message(words) {
    const row = document.createElement('li');
    row.className = 'combobox-none';
    row.textContent = words;
    return [row];
  }

  function close(field) {
    clearTimeout(soon);
    asked += 1;
    wants = false;
    isLoading = false;
    active = -1;
    listOf(field).hidden = true;
    field.setAttribute('aria-expanded', 'false');
    field.removeAttribute('aria-activedescendant');
  }
  function mark(field, place) {
    active = place;
    const rows = rowsOf(field);
    rows.forEach((row, at) => row.setAttribute('aria-selected', String(at === place)));
    if (!rows[place]) { field.removeAttribute('aria-activedescendant'); return; }
    field.setAttribute('aria-activedescendant', rows[place].id);
    rows[place].scrollIntoView({ block: 'nearest' });
  }
  function choose(field, row) {
    field.value = '';
    close(field);
    tell(field, 'chosen', { row });
  }
  async function search(field) {
    const ask = (asked += 1);
    const beside = document.querySelector(field.dataset.searchWith || null);
    const query = { q: field.value, ...(beside ? { [beside.name]: beside.value } : {}) };
    const found = await fetched(field.dataset.searchChoices, query)
      .catch(() => message(gettext('The choices could not be loaded. Type again.')));
    if (ask !== asked || !field.isConnected) return;
    const list = listOf(field);
    isLoading = false;
    list.replaceChildren(...found);
    tell(field, 'found', { list });
    rowsOf(field).forEach((row, at) => { row.id = `${list.id}-${at}`; });
    list.hidden = false;
    field.setAttribute('aria-expanded', 'true');
    list.scrollIntoView({ block: 'nearest' });
    mark(field, field.value.trim() && rowsOf(field).length ? 0 : -1);
    if (wants && rowsOf(field)[active]) choose(field, rowsOf(field)[active]);
    wants = false;
  }
  function searchSoon(field, delay) {
    clearTimeout(soon);
    asked += 1;
    isLoading = true;
    soon = setTimeout(() => search(field), delay);
  }

  document.addEventListener('input', (event) => {
    const field = fieldOf(event);
    if (!field) return;
    wants = false;
    searchSoon(field, DELAY);
  });
  document.addEventListener('click', (event) => {
    const field = fieldOf(event);
    if (field && listOf(field).hidden) searchSoon(field, 0);
    const row = nearest(event, '[role="listbox"] [data-value]');
    const owner = row && document.querySelector(`[data-search-choices][aria-controls="${row.parentElement.id}"]`);
    if (owner) { choose(owner, row); owner.focus(); }
  });
  document.addEventListener('pointerdown', (event) => {
    const list = nearest(event, '[role="listbox"]');
    if (list && document.querySelector(`[data-search-choices][aria-controls="${list.id}"]`)) event.preventDefault();
  });
  document.addEventListener('focusout', (event) => { const field = fieldOf(event); if (field) close(field); });
  document.addEventListener('keydown', (event) => {
    const field = fieldOf(event);
    if (!field || event.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const rows = rowsOf(field);
    const isOpen = !listOf(field).hidden;
    if (event.key === 'Escape' && isOpen) {
      event.stopPropagation();
      close(field);
    } else if (event.key === 'Enter') {
      if (isOpen && rows[active] && !isLoading) choose(field, rows[active]); else wants = field.value.trim() !== '';
    } else if (by && !isOpen) searchSoon(field, 0);
    else if (by && rows.length) mark(field, (active + by + rows.length) % rows.length);
    else return;
    event.preventDefault();
  }, true);

  window.IGNY8_CHOICES = { fetched };
})();
