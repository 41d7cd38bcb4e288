/* Row selection inside [data-selectable]: check boxes [data-select-row], the header's [data-select-page],
   shift-click for a range, "select all that match" ([data-select-matching] sets the hidden field
   all_matching), and the batch bar that takes the filter bar's place. A button in the bar with
   data-batch-one="Cluster 1 keyword" and data-batch-many="Cluster # keywords" says what it will do; an element with
   data-batch-each="15" (for each data-batch-per rows) says how many credits it will take. */
(function () {
  'use strict';
  const { nearest } = window.IGNY8;
  const plural = (count, one, many, more = '') => `${count.toLocaleString('en')}${more} ${count === 1 ? one : many}`;
  const rows = (area) => [...area.querySelectorAll('[data-select-row]')];
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
      node.textContent = `${plural(everything, one, many, more)} selected`;
    }
    for (const node of bar.querySelectorAll('[data-batch-one]')) {
      node.lastChild.textContent = everything === 1 ? node.dataset.batchOne
        : node.dataset.batchMany.replace('#', everything.toLocaleString('en') + more);
    }
    for (const node of bar.querySelectorAll('[data-batch-each]')) {
      const credits = Math.ceil(everything / Number(node.dataset.batchPer || 1)) * Number(node.dataset.batchEach);
      node.textContent = `About ${plural(credits, 'credit', 'credits', more)}`;
    }
    for (const node of document.querySelectorAll(`[data-count-for="${CSS.escape(area.id)}"]`)) {
      node.textContent = plural(everything, one, many, more);
    }
    const matching = bar.querySelector('[data-select-matching]');
    if (!matching) return;
    const wholePage = chosen > 0 && chosen === rows(area).length;
    matching.hidden = !(wholePage && total > chosen && !allMatching);
    matching.textContent = `Select all ${total.toLocaleString('en')}${isMore ? '+' : ''} that match`;
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
    const box = nearest(event, '[data-select-row]');
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

  /* The end of a run, and WordPress, reload rows under a person who is selecting: what they ticked stays ticked. */
  let kept = [];
  document.addEventListener('htmx:beforeSwap', (event) => {
    const { target, requestConfig } = event.detail;
    if (!/^(runEnded|rowMoved)/.test(requestConfig?.triggeringEvent?.type || '')) return;
    kept = [...target.querySelectorAll('[data-select-row]:checked')].map((box) => [box.name, box.value]);
  });
  document.addEventListener('htmx:afterSwap', () => {
    for (const [name, value] of kept.splice(0)) {
      const box = document.querySelector(`[data-select-row][name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`);
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

  const refreshAll = () => document.querySelectorAll('[data-selectable]').forEach(refresh);
  document.addEventListener('DOMContentLoaded', () => { reselect(); refreshAll(); });
  window.addEventListener('pageshow', refreshAll);
  document.addEventListener('htmx:afterSettle', refreshAll);
})();
