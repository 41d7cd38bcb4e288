/* Find and replace in the visual text: Ctrl+F, Ctrl+H. Only text that can be edited is searched, never tags, addresses or
   blocks that are kept as they are; what is found is painted by the browser (::highlight), so the text stays as it is. */
(function () {
  'use strict';
  const { nearest } = window.IGNY8;
  const { form } = window.IGNY8_EDITOR;
  const bar = document.getElementById('find-bar');
  const visual = document.getElementById('visual');
  const [find, replacement] = bar.querySelectorAll('input[type="text"]');
  const count = bar.querySelector('[data-find-count]');
  const undo = bar.querySelector('[data-find="undo"]');
  const PAINT = ['found', 'found-now'];
  const MARGIN = 24;
  let matches = []; // each a list of {node, start, end}: it may go through bold and links
  let at = -1;
  let isReplacing = false;
  const editor = () => window.hugerte.get()[0];
  const isOn = (name) => bar.querySelector(`[data-find="${name}"]`).getAttribute('aria-pressed') === 'true';

  /* Searching ------------------------------------------------------------------------------------------------ */
  function pattern() {
    const words = find.value.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(/\s/g, '\\s');
    const whole = isOn('whole') ? ['(?<![\\p{L}\\p{M}\\p{N}_])', '(?![\\p{L}\\p{M}\\p{N}_])'] : ['', ''];
    return new RegExp(`${whole[0]}${words}${whole[1]}`, isOn('case') ? 'gu' : 'giu');
  }

  /** The text nodes that can be edited, those of one line of text together. */
  function lines() {
    const found = [];
    const walker = document.createTreeWalker(visual, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    let line = [];
    let block = null;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const isText = node.nodeType === Node.TEXT_NODE;
      if (!isText && node.nodeName !== 'BR') continue;
      const of = editor().dom.getParent(node, editor().dom.isBlock);
      if (!isText || of !== block) { found.push(line); line = []; block = of; }
      if (isText && node.length && node.parentElement.isContentEditable) line.push(node);
    }
    return [...found, line].filter((nodes) => nodes.length);
  }

  function partsOf(nodes, from, to) {
    const parts = [];
    let before = 0;
    for (const node of nodes) {
      const start = Math.max(from - before, 0);
      const end = Math.min(to - before, node.length);
      if (start < end) parts.push({ node, start, end });
      before += node.length;
    }
    return parts;
  }

  function search() {
    matches = [];
    if (!find.value) return;
    const searched = pattern();
    for (const nodes of lines()) {
      for (const found of nodes.map((node) => node.data).join('').matchAll(searched)) {
        matches.push(partsOf(nodes, found.index, found.index + found[0].length));
      }
    }
  }

  function rangeOf(parts) {
    const range = document.createRange();
    range.setStart(parts[0].node, parts[0].start);
    range.setEnd(parts.at(-1).node, parts.at(-1).end);
    return range;
  }

  /** The first match from this place on, or else the first of all. */
  function firstFrom(node, offset) {
    const place = document.createRange();
    place.setStart(node, offset);
    const next = matches.findIndex(([{ node: other, start }]) => place.comparePoint(other, start) >= 0);
    return next < 0 && matches.length ? 0 : next;
  }

  /* Showing ---------------------------------------------------------------------------------------------------- */
  function paint() {
    const ranges = matches.map(rangeOf);
    window.CSS.highlights?.set(PAINT[0], new window.Highlight(...ranges.filter((_, index) => index !== at)));
    window.CSS.highlights?.set(PAINT[1], new window.Highlight(...(matches[at] ? [ranges[at]] : [])));
  }

  function scrollTo(parts) {
    const box = rangeOf(parts).getBoundingClientRect();
    const top = document.getElementById('editor-bar').getBoundingClientRect().bottom + MARGIN;
    const low = window.innerHeight - parseFloat(getComputedStyle(document.documentElement).scrollPaddingBottom || 0);
    if (box.top < top || box.bottom > low) window.scrollBy(0, box.top - (top + low) / 2);
  }

  function show(index) {
    at = index;
    paint();
    if (matches[at]) scrollTo(matches[at]);
    const where = { place: localNumber(at + 1), total: localNumber(matches.length) };
    const words = matches.length ? gettext('%(place)s of %(total)s', where) : gettext('Nothing found');
    count.textContent = find.value ? words : '';
    find.toggleAttribute('data-none', Boolean(find.value) && !matches.length);
  }
  const step = (by) => { if (matches.length) show((at + by + matches.length) % matches.length); };

  function searchFromCaret() {
    undo.hidden = true;
    search();
    const range = editor().selection.getRng();
    show(visual.contains(range.startContainer) ? firstFrom(range.startContainer, range.startOffset) : Math.min(0, matches.length - 1));
  }

  /* Replacing -------------------------------------------------------------------------------------------------- */
  function clearAway(node) {
    const { dom } = editor();
    let empty = node.parentElement;
    if (!node.length) node.remove();
    while (empty !== visual && !dom.isBlock(empty) && !empty.textContent && !empty.querySelector('img')) {
      const parent = empty.parentElement;
      empty.remove();
      empty = parent;
    }
    if (empty !== visual && dom.isBlock(empty) && dom.isEmpty(empty)) empty.innerHTML = '<br data-mce-bogus="1">';
  }

  function put(parts, text) {
    parts.forEach(({ node, start, end }, index) => node.replaceData(start, end - start, index ? '' : text));
    for (const { node } of parts) if (node.isConnected && !node.length) clearAway(node);
  }

  /** Replace these matches, as one step that can be undone. */
  function replace(chosen) {
    isReplacing = true;
    editor().undoManager.transact(() => { for (const parts of chosen.toReversed()) put(parts, replacement.value); });
    editor().nodeChanged();
    form.dispatchEvent(new CustomEvent('textChanged'));
    isReplacing = false;
    search();
    undo.hidden = false;
  }
  function replaceOne() {
    const [{ node, start } = {}] = matches[at] || [];
    if (!node) return;
    const after = rangeOf(matches[at]);
    replace([matches[at]]);
    if (node.isConnected) after.setStart(node, start + replacement.value.length);
    show(firstFrom(after.startContainer, after.startOffset));
  }
  function replaceAll() {
    search(); // of what was typed a moment ago
    const total = matches.length;
    if (!total) return;
    replace(matches);
    show(Math.min(0, matches.length - 1));
    count.textContent = ngettext('%(count)s replaced', '%(count)s replaced', total);
    find.removeAttribute('data-none');
  }
  function takeBack() {
    editor().undoManager.undo();
    searchFromCaret();
    find.focus();
  }

  /* The bar ------------------------------------------------------------------------------------------------------ */
  function open(field) {
    const chosen = editor().selection.getContent({ format: 'text' }).trim();
    if (bar.hidden || document.activeElement === visual) {
      if (chosen && !chosen.includes('\n')) find.value = chosen;
    }
    bar.hidden = false;
    searchFromCaret();
    field.focus();
    field.select();
  }
  function close() {
    bar.hidden = true;
    for (const name of PAINT) window.CSS.highlights?.delete(name);
    editor().focus();
    if (matches[at]) editor().selection.setRng(rangeOf(matches[at]));
    matches = [];
  }

  const DO = { previous: () => step(-1), next: () => step(1), one: replaceOne, all: replaceAll, undo: takeBack, close };
  bar.addEventListener('click', (event) => {
    const button = nearest(event, '[data-find]');
    if (!button) return;
    if (DO[button.dataset.find]) { DO[button.dataset.find](); return; }
    button.setAttribute('aria-pressed', String(button.getAttribute('aria-pressed') !== 'true'));
    searchFromCaret();
  });
  find.addEventListener('input', searchFromCaret);
  bar.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    const act = { Escape: close, Enter: event.target === replacement ? replaceOne : () => step(event.shiftKey ? -1 : 1) }[event.key];
    if (!act || (event.key === 'Enter' && !event.target.matches('input'))) return;
    event.preventDefault();
    act();
  });
  const isText = (node) => !visual.hidden && (node === document.body || node.closest('#visual, #find-bar, #title, #editor-bar'));
  document.addEventListener('keydown', (event) => {
    const key = event.key.toLowerCase();
    if (event.key === 'F3' && !bar.hidden) { event.preventDefault(); step(event.shiftKey ? -1 : 1); return; }
    if (!['f', 'h'].includes(key) || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || !isText(event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    open(key === 'f' ? find : replacement);
  }, true);
  form.addEventListener('openFind', () => open(find));

  let soon = null;
  form.addEventListener('textChanged', () => {
    if (bar.hidden || isReplacing) return;
    undo.hidden = true; // it would take back what was typed since
    clearTimeout(soon);
    soon = setTimeout(() => { if (!bar.hidden && !visual.hidden) { search(); show(Math.min(Math.max(at, 0), matches.length - 1)); } }, 200);
  });
})();
