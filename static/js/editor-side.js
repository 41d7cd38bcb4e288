/* The tabs beside the text: one at a time, remembered for each person; from below as a sheet on a narrow screen, where
   none is open at first. What is hidden in one comes to sight when it is pointed to: a field that is wrong, a link to it.
   What features bring to a tab is fetched when it is seen, and what grew old meanwhile when it is seen again.
   Exposes window.IGNY8_SIDE. */
(function () {
  'use strict';
  const { nearest } = window.IGNY8;
  const side = document.getElementById('editor-side');
  const tabs = [...side.querySelectorAll('[role="tab"]')];
  const panelOf = (tab) => document.getElementById(tab.getAttribute('aria-controls'));
  const KEY = `igny8-editor-tab:${document.querySelector('meta[name="person"]')?.content || ''}`;
  const isSheet = () => getComputedStyle(side).position === 'fixed';
  const isOpen = () => !isSheet() || side.hasAttribute('data-open');
  const current = () => tabs.find((tab) => tab.tabIndex === 0);
  const isSeen = (panel) => isOpen() && panelOf(current()).contains(panel);

  function remembered() {
    try { return tabs.find((tab) => tab.id === localStorage.getItem(KEY)) || tabs[0]; } catch (blocked) { return tabs[0]; }
  }
  function remember(tab) {
    try { localStorage.setItem(KEY, tab.id); } catch (blocked) { /* for this page only */ }
  }

  function mark(current) {
    for (const tab of tabs) {
      tab.setAttribute('aria-selected', String(tab === current && isOpen()));
      tab.tabIndex = tab === current ? 0 : -1;
      panelOf(tab).toggleAttribute('data-shown', tab === current);
    }
    if (!isOpen()) return;
    for (const panel of panelOf(current).querySelectorAll('.editor-panel[data-old]')) {
      panel.removeAttribute('data-old');
      panel.dispatchEvent(new CustomEvent('reload'));
    }
  }
  side.addEventListener('htmx:confirm', (event) => {
    const panel = event.detail.elt;
    if (!panel.matches('.editor-panel') || 'atOnce' in panel.dataset || isSeen(panel)) return;
    event.preventDefault();
    panel.dataset.old = '';
  });

  function show(tab) {
    side.setAttribute('data-open', '');
    mark(tab);
    remember(tab);
  }
  function close() {
    side.removeAttribute('data-open');
    mark(current());
    current().focus();
  }

  /** Bring a part of a tab to sight. */
  function reveal(node) {
    const panel = node?.closest('.side-tab');
    if (!panel) return;
    show(tabs.find((tab) => panelOf(tab) === panel));
    for (let box = node.closest('details:not([open])'); box; box = box.parentElement.closest('details:not([open])')) box.open = true;
  }
  function goTo(id) {
    const node = document.getElementById(id);
    if (!node) return false;
    reveal(node);
    node.focus({ preventScroll: true });
    node.scrollIntoView({ block: 'center' });
    return true;
  }

  side.addEventListener('click', (event) => {
    const tab = nearest(event, '[role="tab"]');
    if (tab && isSheet() && tab === current() && side.hasAttribute('data-open')) close();
    else if (tab) show(tab);
    if (nearest(event, '[data-close-sheet]')) close();
  });
  side.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && isSheet() && side.hasAttribute('data-open') && !event.defaultPrevented) { close(); return; }
    const at = tabs.indexOf(event.target);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    const tab = tabs[(next + tabs.length) % tabs.length];
    show(tab);
    tab.focus();
  });
  document.addEventListener('invalid', (event) => reveal(event.target), true);
  document.addEventListener('click', (event) => {
    const link = nearest(event, 'a[href^="#"], a[data-find-field]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.dataset.tabOf) {
      event.preventDefault();
      const tab = document.getElementById(`tab-${link.dataset.tabOf}`);
      show(tab);
      tab.focus();
      return;
    }
    const id = link.dataset.findField || link.hash.slice(1);
    if (document.getElementById(id)?.closest('.side-tab, .editor-main') && goTo(id)) event.preventDefault();
  });

  mark(remembered());
  window.matchMedia('(min-width: 1200px)').addEventListener('change', () => mark(current()));
  const pointed = window.location.hash.length > 1 && document.getElementById(window.location.hash.slice(1));
  if (pointed) { reveal(pointed); pointed.scrollIntoView({ block: 'center' }); }
  window.IGNY8_SIDE = { reveal };
})();
