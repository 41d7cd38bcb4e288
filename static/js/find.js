/* Ctrl+K (or Cmd+K) opens the finder, ? the list of keys. Arrows go through what was found, Enter opens it. */
(function () {
  'use strict';
  const { nearest } = window.IGNY8;
  const finder = document.getElementById('find');
  const input = document.getElementById('find-input');
  if (!finder) return;
  const links = () => [...finder.querySelectorAll('#find-results a')];

  function open() {
    if (finder.open) { finder.close(); return; }
    if (document.querySelector('dialog[open]')) return;
    finder.showModal();
    input.select();
    input.dispatchEvent(new Event('opened'));
  }

  document.addEventListener('keydown', (event) => {
    const mod = event.ctrlKey || event.metaKey;
    if (mod && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      open();
      return;
    }
    const typing = event.target.closest?.('input, textarea, select, [contenteditable="true"]');
    if (event.key === '?' && !typing && !mod && !document.querySelector('dialog[open]')) {
      event.preventDefault();
      window.htmx.ajax('GET', finder.dataset.keys, { target: '#dialogs', swap: 'innerHTML' });
    }
  });
  document.addEventListener('click', (event) => {
    if (nearest(event, '[data-finder]')) { event.preventDefault(); open(); }
  });
  finder.addEventListener('keydown', (event) => {
    const all = links();
    if (event.key === 'Escape') { // a search field would only be emptied by it
      event.preventDefault();
      finder.close();
      return;
    }
    if (event.key === 'Enter' && event.target === input) {
      event.preventDefault();
      all[0]?.click();
      return;
    }
    if (!['ArrowDown', 'ArrowUp'].includes(event.key) || !all.length) return;
    event.preventDefault();
    const at = all.indexOf(document.activeElement);
    const next = event.key === 'ArrowDown' ? at + 1 : at - 1;
    if (next < 0) input.focus(); else all[Math.min(next, all.length - 1)].focus();
  });
})();
