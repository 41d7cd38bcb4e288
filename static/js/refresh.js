/* A list that is refreshed under a person keeps what is theirs: idiomorph (hx-swap="morph:outerHTML") changes what differs, and
   leaves what is ticked, open or in focus, and what our scripts have put into the rows. */
(function () {
  'use strict';
  const { callbacks } = window.Idiomorph.defaults;
  const KEPT = '.cell-edit, .cell-editor';
  const isMade = (node) => node.matches('td.actions:not(.busy, .none)'); // by tables.js
  const isOpen = (node) => node.matches('details[open]') || node.querySelector?.('.cell-editor');

  /** Whether what a script made of a node stands in place of what the server sent. */
  function stays(old, fresh) {
    if (old.matches('details.menu[open], td:has(> .cell-editor)')) return true;
    if (old.matches('.actions')) return old.querySelector('details[open]') || old.className === fresh.className && !fresh.children.length;
    if (old.matches('time[data-local]')) return old.dateTime === (fresh.dateTime || fresh.textContent) && old.dataset.local === fresh.dataset.local;
    return old.matches('[id^="alike-"]') && old.children.length > 0 && !fresh.children.length;
  }

  /* Others have changed the list that is open: it is fetched, without a sign that somebody waits for it. */
  document.addEventListener('listMoved', (event) => {
    const region = event.target.closest('.region');
    if (!region) return;
    region.dataset.quiet = '';
    region.dispatchEvent(new CustomEvent('reload'));
  });

  callbacks.beforeNodeMorphed = (old, fresh) => !(old.nodeType === 1 && fresh.nodeType === 1 && stays(old, fresh));
  /* HTMX does not see by itself that a node asks for nothing any more: a run that has ended would be asked for again, and its
     answer would take the place of the row around it. */
  callbacks.afterNodeMorphed = (node) => {
    if (node['htmx-internal-data'] && !node.matches('[hx-get], [hx-post], [hx-trigger]')) window.htmx.process(node);
  };
  callbacks.beforeNodeRemoved = (node) => !(node.nodeType === 1 && (node.matches(KEPT) || isOpen(node) || isMade(node)));
  callbacks.beforeAttributeUpdated = (name, node, change) => {
    if (name === 'checked' || name === 'indeterminate') return !node.matches('td.check > input, [data-select-page]');
    if (node.matches('tr')) return name !== 'class';
    if (name === 'aria-label' && node.matches('td.check > input')) return false;
    return !(change === 'remove' && name === 'data-label');
  };
})();
