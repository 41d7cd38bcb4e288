/* The keywords of a task: found by typing (search-choices.js), moved and taken off in a list, and sent in its order. */
(function () {
  'use strict';
  const { nearest } = window.IGNY8;
  const box = document.getElementById('task-keywords');
  const field = box?.querySelector('input[name="keywords"]');
  const list = box?.querySelector('.picked');
  const search = document.getElementById('keyword-search');
  if (!search) return;

  function changed() {
    field.value = [...list.children].map((row) => row.dataset.keyword).join(' ');
    field.dispatchEvent(new Event('change', { bubbles: true }));
  }
  const rowOf = (id) => [...list.children].find((row) => row.dataset.keyword === id);

  search.addEventListener('found', (event) => {
    for (const row of event.detail.list.querySelectorAll('[data-value]')) if (rowOf(row.dataset.value)) row.remove();
  });
  search.addEventListener('chosen', (event) => {
    const { row } = event.detail;
    const made = document.getElementById('picked-keyword').content.firstElementChild.cloneNode(true);
    made.dataset.keyword = row.dataset.value;
    for (const part of ['span', 'small']) made.querySelector(part).textContent = row.querySelector(part).textContent;
    list.append(made);
    changed();
  });
  list.addEventListener('click', (event) => {
    const button = nearest(event, '[data-move]');
    if (!button) return;
    const row = button.closest('li');
    const step = Number(button.dataset.move);
    const beside = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!step) {
      (beside || row.previousElementSibling)?.querySelector('[data-move="0"]').focus();
      row.remove();
      if (!list.children.length) search.focus();
    } else if (beside) {
      if (step < 0) beside.before(row); else beside.after(row);
      button.focus();
    }
    changed();
  });
  list.addEventListener('keydown', (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!step || !event.altKey) return;
    event.preventDefault();
    event.target.closest('li')?.querySelector(`[data-move="${step}"]`).click();
  });
})();
