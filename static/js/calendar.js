/* Dragging a scheduled publish to another day. Without script the entry's own page moves it. */
(() => {
  'use strict';
  const { nearest } = window.IGNY8;
  let dragged = null;

  const dayOf = (event) => nearest(event, 'td[data-day]');

  document.addEventListener('dragstart', (event) => {
    dragged = nearest(event, '[data-move]');
    if (!dragged) return;
    event.dataTransfer.effectAllowed = 'move';
    event.dataTransfer.setData('text/plain', dragged.title);
    dragged.classList.add('is-dragged');
  });
  document.addEventListener('dragover', (event) => {
    const day = dragged && dayOf(event);
    if (!day) return;
    event.preventDefault();
    document.querySelectorAll('td.is-target').forEach((other) => other !== day && other.classList.remove('is-target'));
    day.classList.add('is-target');
  });
  document.addEventListener('dragend', () => {
    dragged?.classList.remove('is-dragged');
    document.querySelectorAll('td.is-target').forEach((day) => day.classList.remove('is-target'));
    dragged = null;
  });
  document.addEventListener('drop', (event) => {
    const day = dragged && dayOf(event);
    if (!day) return;
    event.preventDefault();
    if (dragged.closest('td[data-day]') === day) return;
    const { zone, month, all, view, day: shownDay, filters } = day.closest('[data-zone]').dataset;
    const values = { ...JSON.parse(filters), date: day.dataset.day, zone, month, all, view, day: shownDay };
    window.htmx.ajax('POST', dragged.dataset.move, { values, swap: 'none', source: dragged, event }).catch(() => {}); // app.js tells a failure
  });
})();
