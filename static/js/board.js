/* Dragging a card of the board to another stage. Without script the card's menu moves it. */
(() => {
  'use strict';
  const { nearest } = window.IGNY8;
  let dragged = null;

  const columnOf = (event) => dragged && nearest(event, '[data-stage]');
  const unmark = (but) => document.querySelectorAll('.board-column.is-target')
    .forEach((column) => column !== but && column.classList.remove('is-target'));

  document.addEventListener('dragstart', (event) => {
    dragged = nearest(event, '[data-card]');
    if (!dragged) return;
    event.dataTransfer.effectAllowed = 'move';
    event.dataTransfer.setData('text/plain', dragged.dataset.card);
    dragged.classList.add('is-dragged');
  });
  document.addEventListener('dragover', (event) => {
    const column = columnOf(event);
    unmark(column);
    if (!column) return;
    event.preventDefault();
    column.classList.add('is-target');
  });
  document.addEventListener('dragend', () => {
    dragged?.classList.remove('is-dragged');
    unmark(null);
    dragged = null;
  });
  document.addEventListener('drop', (event) => {
    const column = columnOf(event);
    if (!column) return;
    event.preventDefault();
    if (dragged.closest('[data-stage]') === column) return;
    const values = { move: `${dragged.dataset.card}:${column.dataset.stage}` };
    const address = column.closest('[data-move]').dataset.move;
    window.htmx.ajax('POST', address, { values, swap: 'none', source: dragged, event }).catch(() => {}); // app.js tells a failure
  });
})();
