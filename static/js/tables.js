/* Row selection inside [data-selectable]: the boxes td.check > input, the header's [data-select-page],
   shift-click for a range, "select all that match" ([data-select-matching] sets the hidden field
   all_matching), and the batch bar that takes the filter bar's place. A button in the bar with
   data-batch-one="Cluster 1 keyword" and data-batch-many="Cluster # keywords" says what it will do; an element with
   data-batch-each="15" (for each data-batch-per rows) says how many credits it will take. */
(function () {
  'use strict';
  const { nearest } = window.IGNY8;
  const plural = (count, one, many, more = '') => `${localNumber(count)}${more} ${count === 1 ? one : many}`;
  const rows = (area) => [...area.querySelectorAll('td.check > input')];
  let anchor = null;

  /* How many rows the list has, and whether it was not counted to its end ("10,000+"). */
  function matchingTotal(area) {
    const region = area.querySelector('[data-total]');
    return [Number(region?.dataset.total || 0), region?.dataset.more !== undefined];
  }

  function describe(area, chosen, allMatching) {
    const bar = area.querySelector('.batch-bar');
    const { one, many } = bar.dataset;
    const [total, isMore] = matchingTotal(area);
    const everything = allMatching ? total : chosen;
    const more = allMatching && isMore ? '+' : '';
    for (const node of bar.querySelectorAll('[data-batch-count]')) {
      node.textContent = gettext('%(rows)s selected', { rows: plural(everything, one, many, more) });
    }
    for (const node of bar.querySelectorAll('[data-batch-one]')) {
      node.lastChild.textContent = everything === 1 ? node.dataset.batchOne
        : node.dataset.batchMany.replace('#', localNumber(everything) + more);
    }
    for (const node of bar.querySelectorAll('[data-batch-each]')) {
      const credits = Math.ceil(everything / Number(node.dataset.batchPer || 1)) * Number(node.dataset.batchEach);
      node.textContent = ngettext('About %(count)s credit', 'About %(count)s credits', credits, { count: localNumber(credits) + more });
    }
    for (const node of document.querySelectorAll(`[data-count-for="${CSS.escape(area.id)}"]`)) {
      node.textContent = plural(everything, one, many, more);
    }
    const matching = bar.querySelector('[data-select-matching]');
    if (!matching) return;
    const wholePage = chosen > 0 && chosen === rows(area).length;
    matching.hidden = !(wholePage && total > chosen && !allMatching);
    matching.textContent = gettext('Select all %(count)s that match', { count: localNumber(total) + (isMore ? '+' : '') });
  }

  function refresh(area) {
    const all = rows(area);
    const chosen = all.filter((box) => box.checked);
    for (const box of all) box.closest('tr')?.classList.toggle('selected', box.checked);
    for (const head of area.querySelectorAll('[data-select-page]')) {
      head.checked = all.length > 0 && chosen.length === all.length;
      head.indeterminate = chosen.length > 0 && chosen.length < all.length;
    }
    const field = area.querySelector('input[name="all_matching"]');
    if (field && field.value && chosen.length < all.length) field.value = '';
    area.classList.toggle('selecting', chosen.length > 0);
    if (area.querySelector('.batch-bar')) describe(area, chosen.length, Boolean(field?.value));
    return chosen.length;
  }

  function clear(area) {
    for (const box of rows(area)) box.checked = false;
    const field = area.querySelector('input[name="all_matching"]');
    if (field) field.value = '';
    anchor = null;
    refresh(area);
  }

  document.addEventListener('click', (event) => {
    const area = nearest(event, '[data-selectable]');
    if (!area) return;
    const box = nearest(event, 'td.check > input');
    if (box) {
      const all = rows(area);
      if (event.shiftKey && anchor && all.includes(anchor)) {
        const [from, to] = [all.indexOf(anchor), all.indexOf(box)].sort((a, b) => a - b);
        for (const between of all.slice(from, to + 1)) between.checked = box.checked;
      }
      anchor = box;
      refresh(area);
    } else if (nearest(event, '[data-select-matching]')) {
      area.querySelector('input[name="all_matching"]').value = '1';
      refresh(area);
    } else if (nearest(event, '[data-clear-selection]')) {
      clear(area);
    }
  });
  document.addEventListener('change', (event) => {
    const area = nearest(event, '[data-selectable]');
    if (!area || !event.target.matches('[data-select-page]')) return;
    for (const box of rows(area)) box.checked = event.target.checked;
    refresh(area);
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if (event.target.matches('input:not([type="checkbox"]), textarea, select')) return;
    for (const area of document.querySelectorAll('[data-selectable].selecting')) clear(area);
  });

  /* A row of [data-row] fetches itself when its run ends, on the event reload, and when its post moved in WordPress. 0 in the
     address is the id at the end of the row's own. */
  const idOf = (row) => row.id.split('-').pop();
  const ofRow = (address, row) => address.replace('/0/', `/${idOf(row)}/`);
  window.IGNY8.ofRow = ofRow;
  function fetchRow(row, event) {
    const address = row?.closest('[data-row]')?.dataset.row;
    if (address) window.htmx.ajax('GET', ofRow(address, row), { source: row, target: row, swap: 'morph:outerHTML', event });
  }
  for (const name of ['reload', 'runEnded']) { // "reload" does not bubble
    document.addEventListener(name, (event) => fetchRow(nearest(event, '[data-row] > tr'), event), true);
  }
  document.addEventListener('rowsMoved', (event) => {
    for (const id of event.detail.ids) fetchRow(document.getElementById(`content-row-${id}`), event);
  });

  const nameOf = (row) => (row.querySelector('.cell-title') || row.querySelector('.main-cell'))?.textContent.trim() || gettext('this row');

  /* The actions of a row stand once, in the head of the table: <template data-row-actions>. In each row the labels are
     completed by its title, the buttons by its id. A row without a cell for them gets one; where it is .none there are none, and
     what is .busy cannot be published. */
  const madeFor = new WeakMap();  // the first of the actions that were made for a cell, and the title that they are named by
  function addActions(table) {
    const actions = table.querySelector('thead > template[data-row-actions]');
    const width = table.tHead?.rows[0]?.cells.length;
    for (const row of actions ? table.tBodies[0].rows : []) {
      if (row.cells.length === width - 1 && !row.querySelector(':scope > .actions')) row.insertCell().className = 'actions';
    }
    for (const cell of actions ? table.querySelectorAll('tbody > tr > .actions:not(.none)') : []) {
      const row = cell.parentElement;
      const title = nameOf(row);
      const first = cell.firstElementChild;
      const isRenamed = madeFor.has(first) && madeFor.get(first) !== title && !cell.querySelector('details[open]');
      if (first && !isRenamed) continue;
      const own = actions.content.cloneNode(true);
      if (cell.matches('.busy')) own.querySelector('.row-publish')?.remove();
      for (const button of own.querySelectorAll('button[name]')) button.value = row.querySelector('td.check > input').value;
      for (const node of own.querySelectorAll('[aria-label]')) node.setAttribute('aria-label', `${node.getAttribute('aria-label')} ${title}`);
      cell.replaceChildren(own);
      madeFor.set(cell.firstElementChild, title);
      window.htmx.process(cell); // else a button of a form elsewhere is not sent along
    }
  }

  /* j and k go from title to title of a list, x ticks the row that the focus is in. */
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable="true"]');
    if (!['j', 'k', 'x'].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
    if (document.querySelector('dialog[open]')) return;
    const titles = [...document.querySelectorAll('[data-selectable] .data-grid a.cell-title')];
    const at = titles.findIndex((title) => title.closest('tr').contains(document.activeElement));
    if (event.key === 'x') titles[at]?.closest('tr').querySelector('td.check > input')?.click();
    else titles[event.key === 'j' ? Math.min(at + 1, titles.length - 1) : Math.max(at - 1, 0)]?.focus();
  });

  /* The box of a row is named by the title of the row. */
  function nameBoxes(table) {
    for (const box of table.querySelectorAll('tr td.check > input')) box.setAttribute('aria-label', gettext('Select %(title)s', { title: nameOf(box.closest('tr')) }));
  }

  /* In the card that a row becomes on a phone, each cell is named by the head of its column. */
  function nameCells(table) {
    const heads = [...table.tHead?.rows[0]?.cells || []].map((head) => head.textContent.trim());
    for (const row of table.tBodies[0]?.rows || []) {
      if (row.cells.length !== heads.length) continue;
      for (const cell of row.cells) {
        if (!cell.matches('[data-label], .check, .main-cell, .actions')) cell.dataset.label = heads[cell.cellIndex];
      }
    }
  }

  /* The end of a run, and WordPress, reload rows under a person who is selecting: what they ticked stays ticked. */
  let kept = [];
  document.addEventListener('htmx:beforeSwap', (event) => {
    const { target, requestConfig } = event.detail;
    if (!/^(runEnded|rowsMoved)$/.test(requestConfig?.triggeringEvent?.type || '')) return;
    kept = [...target.querySelectorAll('td.check > input:checked')].map((box) => [box.name, box.value]);
  });
  document.addEventListener('htmx:afterSwap', () => {
    for (const [name, value] of kept.splice(0)) {
      const box = document.querySelector(`td.check > input[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
      if (box) box.checked = true;
    }
  });

  /* A page that says why something was not started leads back (a link with data-reselect) to what was selected. */
  const KEPT = 'igny8-selection';
  document.addEventListener('submit', (event) => {
    if (!event.target.matches('.batch-bar')) return;
    const area = nearest(event, '[data-selectable]');
    const chosen = area ? rows(area).filter((box) => box.checked).map((box) => box.value) : [];
    const all = area?.querySelector('input[name="all_matching"]')?.value || '';
    try {
      sessionStorage.setItem(KEPT, JSON.stringify({ at: window.location.href, id: area?.id, chosen, all }));
    } catch (blocked) { /* private mode: nothing is kept */ }
  });
  document.addEventListener('click', (event) => {
    const link = nearest(event, '[data-reselect]');
    try {
      if (link) sessionStorage.setItem(`${KEPT}-again`, link.href);
    } catch (blocked) { /* private mode: nothing is kept */ }
  });
  function reselect() {
    try {
      const again = sessionStorage.getItem(`${KEPT}-again`) === window.location.href;
      const was = JSON.parse(sessionStorage.getItem(KEPT) || 'null');
      sessionStorage.removeItem(`${KEPT}-again`);
      const area = again && was?.at === window.location.href && document.getElementById(was.id);
      if (!area) return;
      for (const box of rows(area)) box.checked = was.chosen.includes(box.value);
      const field = area.querySelector('input[name="all_matching"]');
      if (field) field.value = was.all;
    } catch (blocked) { /* private mode: nothing was kept */ }
  }

  /* What a cell has no room for is told beside the pointer. */
  document.addEventListener('pointerover', (event) => {
    const button = nearest(event, '.data-grid :is(.row-button, .row-menu > summary)');
    if (button) button.title = button.getAttribute('aria-label');
    const node = nearest(event, '.data-grid :is(.cell-title, .one-line, .clip, .named > a, .named > span, td > a[href^="http"])');
    if (!node || node.title || node.scrollWidth <= node.clientWidth && node.scrollHeight <= node.clientHeight) return;
    node.title = node.href?.startsWith('http') && node.matches('.data-grid td > a[href^="http"]') ? node.getAttribute('href') : node.textContent;
  });

  /* The address of a row's post in WordPress opens beside the list. */
  document.addEventListener('click', (event) => {
    const link = nearest(event, '.data-grid td > a[href^="http"]');
    if (link) link.target = '_blank';
  }, true);

  /* Rows that come to a list of which all that match are selected are selected, too. */
  let stillMatching = null;
  document.addEventListener('htmx:beforeSwap', (event) => {
    const { target, requestConfig } = event.detail;
    const area = target.closest?.('[data-selectable]');
    const isSame = /^(reload|runEnded|rowsMoved)$/.test(requestConfig?.triggeringEvent?.type || '');
    if (isSame && area?.querySelector('input[type="hidden"][name="all_matching"]')?.value) stillMatching = area;
  });
  function selectWhatCame() {
    for (const box of stillMatching ? rows(stillMatching) : []) box.checked = true;
    stillMatching = null;
  }

  const refreshAll = () => {
    selectWhatCame();
    document.querySelectorAll('[data-selectable]').forEach(refresh);
    for (const table of document.querySelectorAll('.data-grid')) { addActions(table); nameBoxes(table); nameCells(table); }
  };
  document.addEventListener('DOMContentLoaded', () => { reselect(); refreshAll(); });
  window.addEventListener('pageshow', refreshAll);
  document.addEventListener('htmx:afterSettle', refreshAll);
})();
