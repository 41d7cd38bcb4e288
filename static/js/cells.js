/* Cells that are changed in their row. The head of their column has data-cell="/lists/content/0/cluster/", 0 being the id at the end
   of a row's own. Each cell gets a button; a click on the cell, or E in the row, opens the editor, which that address answers. What is
   chosen is saved at once; Escape closes. An editor that is left while it is saved hides until the answer is there. */
(function () {
  'use strict';
  const { nearest, ofRow } = window.IGNY8;
  const GAP = 8;
  const editors = () => [...document.querySelectorAll('.cell-editor')];
  const headOf = (cell) => cell.closest('table').tHead.rows[0].cells[cell.cellIndex];
  const addressOf = (cell) => ofRow(headOf(cell).dataset.cell, cell.parentElement);

  function addButtons(table) {
    const heads = [...table.tHead?.rows[0]?.cells || []];
    const changeable = heads.filter((head) => head.dataset.cell);
    for (const row of changeable.length ? table.tBodies[0].rows : []) {
      const title = row.querySelector('.cell-title')?.textContent;
      for (const head of row.cells.length === heads.length ? changeable : []) {
        const cell = row.cells[head.cellIndex];
        let button = cell.querySelector(':scope > .cell-edit');
        if (!button) {
          button = document.createElement('button');
          button.type = 'button';
          button.className = 'cell-edit i-pencil';
          cell.append(button);
        }
        button.setAttribute('aria-label', gettext('Change %(column)s of %(title)s', { column: head.textContent.trim().toLowerCase(), title }));
      }
    }
  }

  /* Beside the cell, whatever scrolls or cuts off around it. */
  function place(box) {
    const at = box.parentElement.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = box;
    const top = Math.max(GAP, Math.min(at.top, window.innerHeight - height - GAP));
    const left = Math.max(GAP, Math.min(at.left, document.documentElement.clientWidth - width - GAP));
    box.style.top = `${top}px`;
    box.style.left = `${left}px`;
  }
  const sizes = new ResizeObserver(() => editors().forEach(place));
  for (const type of ['scroll', 'resize']) {
    window.addEventListener(type, () => editors().forEach(place), { capture: true, passive: true });
  }

  function close(box, giveFocus) {
    const cell = box.parentElement;
    if (box.querySelector('.htmx-request')) box.hidden = true; // its answer removes it, or shows it again
    else {
      sizes.unobserve(box);
      box.remove();
      if (box.dataset.changed !== undefined) refresh(cell.parentElement); // a cell stays as it was while its editor is open
    }
    if (giveFocus) cell.querySelector('.cell-edit')?.focus();
  }

  function enter(box) {
    const field = box.querySelector('[role="combobox"]')
      || box.querySelector('input:not([type="hidden"]), select:not([hidden]), a[href], button');
    field?.focus();
    if (field?.matches('[role="combobox"]')) field.click();
    place(box);
  }

  /** Open the editor of a cell, because of an event; with `isChanged` the row is loaded again when it closes. */
  function open(cell, event, isChanged = false) {
    for (const box of editors()) close(box, false);
    const box = document.createElement('div');
    box.className = 'cell-editor';
    box.setAttribute('role', 'dialog');
    box.setAttribute('aria-label', cell.querySelector('.cell-edit').getAttribute('aria-label'));
    if (isChanged) box.dataset.changed = '';
    cell.append(box);
    place(box);
    sizes.observe(box);
    const swap = 'innerHTML settle:0ms';
    window.htmx.ajax('GET', addressOf(cell), { source: box, target: box, swap, event }).catch(() => {}); // app.js tells a failure
  }

  /** The row as it is now: alone where it has an address of its own, else with its list. */
  function refresh(row) {
    const owner = row.closest('[data-row]') ? row : row.closest('.region');
    owner?.dispatchEvent(new CustomEvent('reload'));
  }

  document.addEventListener('click', (event) => {
    const cell = nearest(event, 'td:has(> .cell-edit)');
    const inside = nearest(event, 'a, input, label, summary, form, .menu-panel, .cell-editor, button:not(.cell-edit)');
    if (cell && !inside && !window.getSelection().toString()) open(cell, event);
  });
  /* Where somebody goes when they leave a cell; a dialog that asks or has them sign in comes back to it. */
  const isElsewhere = (box, node) => !box.parentElement.contains(node) && !node.closest('dialog');
  document.addEventListener('pointerdown', (event) => {
    for (const box of editors()) if (isElsewhere(box, event.target)) close(box, false);
  });
  document.addEventListener('focusout', (event) => {
    const box = nearest(event, '.cell-editor');
    if (box && event.relatedTarget && isElsewhere(box, event.relatedTarget)) close(box, false);
  });
  document.addEventListener('keydown', (event) => {
    const box = nearest(event, 'td')?.querySelector(':scope > .cell-editor:not([hidden])');
    if (event.key !== 'Escape' || !box) return;
    event.preventDefault();
    event.stopPropagation();
    close(box, true);
  }, true);
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target.closest('input:not([type="checkbox"]), textarea, select, [contenteditable="true"]');
    if (event.key !== 'e' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
    const row = nearest(event, '.data-grid tbody > tr');
    const cell = nearest(event, 'td:has(> .cell-edit)') || row?.querySelector('td:has(> .cell-edit)');
    if (!cell || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    open(cell, event);
  });

  /* Refused because the session has ended: it is asked again after signing in (session.js). */
  const isWaiting = ({ xhr }) => xhr.status === 401 || Boolean(xhr.getResponseHeader('X-CSRF-Refused'));
  const isDone = ({ successful, xhr }) => successful && xhr.status < 400;

  /* Saved: the row shows it, and the focus is back. The answer to what was refused is the editor again, with the reason;
     without an answer it is the editor as it was loaded. It takes the focus from nobody who went on. */
  function saved(box, detail) {
    const { elt, requestConfig } = detail;
    const cell = box.parentElement;
    const isHere = !box.hidden;
    if (!isDone(detail)) {
      box.hidden = false;
      if (isWaiting(detail)) return;
      if (!detail.successful) elt.reset?.();
      if (isHere || document.activeElement === document.body || cell.contains(document.activeElement)) enter(box); else place(box);
      return;
    }
    const isOpened = isHere && elt.closest('[data-stays]');
    delete box.dataset.changed;
    close(box, isHere);
    if (isOpened) open(cell, requestConfig.triggeringEvent, true);
    else refresh(cell.parentElement);
  }
  document.addEventListener('htmx:afterRequest', (event) => {
    const box = nearest(event, '.cell-editor');
    if (!box) return;
    if (event.detail.requestConfig.verb === 'post') saved(box, event.detail);
    else if (box.children.length) enter(box);
    else if (!isWaiting(event.detail)) close(box, true);
  });
  document.addEventListener('close', () => { // somebody does not sign in again now: what they opened stays empty
    for (const box of editors()) if (!box.children.length && !box.matches('.htmx-request')) close(box, true);
  }, true);

  const UNDO = /\/lists\/(\w+)\/(\d+)\/\w+\/undo\//;
  function tableAndRow(address) {
    const [, name, id] = address.match(UNDO) || [];
    const table = name && document.querySelector(`.data-grid:has([data-cell*="/lists/${name}/0/"])`);
    return [table, [...table?.tBodies[0].rows || []].find((row) => row.id.split('-').pop() === id)];
  }
  document.addEventListener('click', (event) => {
    const button = nearest(event, '[data-undo]');
    if (!button) return;
    const address = button.dataset.undo;
    const [, row] = tableAndRow(address);
    button.disabled = true;  // once: a second answer would call the first one somebody else's change
    window.htmx.ajax('POST', address, { source: row || document.body, swap: 'none', event }).catch(() => {}); // app.js tells a failure
  });
  document.addEventListener('htmx:afterRequest', (event) => {
    const { path } = event.detail.requestConfig;
    if (!UNDO.test(path)) return;
    const button = document.querySelector(`[data-undo="${CSS.escape(path)}"]`);
    if (!isDone(event.detail)) {
      if (button) button.disabled = false;
      return;
    }
    const [table, row] = tableAndRow(path);
    button?.closest('.toast-note').remove();
    if (table) refresh(row || table.tBodies[0].rows[0] || table);
    row?.querySelector('.cell-edit')?.focus();
  });

  const refreshAll = () => document.querySelectorAll('.data-grid').forEach(addButtons);
  document.addEventListener('DOMContentLoaded', refreshAll);
  document.addEventListener('htmx:afterSettle', refreshAll);
})();
