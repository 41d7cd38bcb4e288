/* Long lists of choices (select[data-rest]) come without most of their options: those are fetched from that address when
   somebody points at the field, comes to it, or opens its dialog; once for all fields of a page,
   until a list comes anew. */
(function () {
  'use strict';
  const { nearest } = window.IGNY8;
  const asked = new Map();
  const filling = new WeakMap();

  async function options(address) {
    const answer = await fetch(address, { headers: { 'HX-Request': 'true' } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const template = document.createElement('template');
    template.innerHTML = await answer.text();
    return [...template.content.querySelectorAll('option')];
  }

  function fill(select) {
    const address = select.dataset.rest;
    if (!address) return filling.get(select) || Promise.resolve();
    delete select.dataset.rest;
    if (!asked.has(address)) asked.set(address, options(address));
    const filled = asked.get(address).then((all) => {
      const there = new Map([...select.options].map((option) => [option.value, option]));
      for (const option of all) select.append(there.get(option.value) || option.cloneNode(true));
    }).catch(() => { asked.delete(address); select.dataset.rest = address; });
    filling.set(select, filled);
    return filled;
  }

  window.IGNY8.fillChoices = fill;

  function look(event) {
    const select = nearest(event, 'select[data-rest], .chip:has(select[data-rest])');
    for (const field of nearest(event, 'dialog')?.querySelectorAll('select[data-rest]') || []) fill(field);
    if (select && !select.closest('dialog')) fill(select.matches('select') ? select : select.querySelector('select'));
  }
  document.addEventListener('htmx:afterSwap', (event) => { // a list that came anew has other choices, it may be
    if (event.detail.target?.matches?.('.region, .data-grid tr')) asked.clear();
  });
  document.addEventListener('pointerover', look);
  document.addEventListener('focusin', look);
})();
