/* The prompt editor: variables are offered as soon as two braces are typed, and put in from the list beside. */
(function () {
  'use strict';

  const OPENED = /\{\{\s*([a-z0-9_]*)$/;
  const MIRRORED = ['fontFamily', 'fontSize', 'fontWeight', 'letterSpacing', 'lineHeight', 'padding', 'border', 'boxSizing',
    'whiteSpace', 'overflowWrap', 'tabSize', 'direction', 'textAlign'];
  let last = null;
  let pop = null;

  function insert(field, from, to, text) {
    field.focus();
    field.setSelectionRange(from, to);
    // execCommand keeps the browser's own undo, which setRangeText forgets.
    if (!document.execCommand('insertText', false, text)) field.setRangeText(text, from, to, 'end');
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }

  /** Where the caret is on the page: a copy of the field's text up to it is measured. */
  function caretPlace(field) {
    const copy = document.createElement('div');
    const style = getComputedStyle(field);
    for (const name of MIRRORED) copy.style[name] = style[name];
    Object.assign(copy.style, { position: 'absolute', visibility: 'hidden', whiteSpace: 'pre-wrap', width: `${field.clientWidth}px`,
      insetBlockStart: '0', insetInlineStart: '0' });
    copy.textContent = field.value.slice(0, field.selectionStart);
    const mark = document.createElement('span');
    mark.textContent = '\u200b';
    copy.append(mark);
    document.body.append(copy);
    const box = field.getBoundingClientRect();
    const place = { left: box.left + mark.offsetLeft + window.scrollX,
      top: box.top + mark.offsetTop + mark.offsetHeight - field.scrollTop + window.scrollY };
    copy.remove();
    return place;
  }

  function close() {
    if (!pop) return;
    pop.field.removeAttribute('aria-activedescendant');
    pop.field.removeAttribute('aria-controls');
    pop.list.remove();
    pop = null;
  }

  function choose(number) {
    pop.at = (number + pop.items.length) % pop.items.length;
    pop.items.forEach((item, index) => item.setAttribute('aria-selected', String(index === pop.at)));
    pop.items[pop.at].scrollIntoView({ block: 'nearest' });
    pop.field.setAttribute('aria-activedescendant', pop.items[pop.at].id);
  }

  function take() {
    const { field, from, items, at } = pop;
    const after = /^\s*\}{0,2}/.exec(field.value.slice(field.selectionStart));
    const closing = after[0].includes('}') ? after[0].length : 0;
    const name = items[at].dataset.name;
    close();
    insert(field, from, field.selectionStart + closing, `{{${name}}}`);
  }

  function offer(field) {
    close();
    const before = OPENED.exec(field.value.slice(0, field.selectionStart));
    if (!before || field.selectionStart !== field.selectionEnd) return;
    const known = [...document.querySelectorAll(`#${field.dataset.variables} li[data-name]`)]
      .filter((item) => item.dataset.name.startsWith(before[1]));
    if (!known.length) return;
    const list = document.createElement('ul');
    list.className = 'variable-pop';
    list.id = 'variable-pop';
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', gettext('Variables'));
    const items = known.map((item, number) => {
      const option = document.createElement('li');
      option.id = `variable-pop-${number}`;
      option.dataset.name = item.dataset.name;
      option.setAttribute('role', 'option');
      const name = document.createElement('b');
      const words = document.createElement('span');
      name.textContent = item.dataset.name;
      words.textContent = item.querySelector('.variable-words')?.firstChild?.textContent.trim() || '';
      option.append(name, words);
      option.addEventListener('mousedown', (event) => { event.preventDefault(); choose(number); take(); });
      return option;
    });
    list.append(...items);
    document.body.append(list);
    const place = caretPlace(field);
    list.style.insetInlineStart = 'auto';
    list.style.left = `${Math.max(8, Math.min(place.left, window.scrollX + document.documentElement.clientWidth - list.offsetWidth - 8))}px`;
    list.style.top = `${place.top + 4}px`;
    pop = { field, list, items, at: 0, from: field.selectionStart - before[0].length };
    field.setAttribute('aria-controls', list.id);
    choose(0);
  }

  function keys(event) {
    if (!pop) return;
    const acts = { ArrowDown: () => choose(pop.at + 1), ArrowUp: () => choose(pop.at - 1), Enter: take, Tab: take, Escape: close };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  for (const field of document.querySelectorAll('textarea[data-variables]:not([readonly])')) {
    last = last || field;
    field.addEventListener('input', () => offer(field));
    field.addEventListener('keydown', keys);
    field.addEventListener('focus', () => { last = field; });
    for (const type of ['blur', 'scroll', 'click']) field.addEventListener(type, close);
  }
  document.addEventListener('click', (event) => {
    const button = event.target.closest?.('[data-insert]');
    if (!button || !last) return;
    insert(last, last.selectionStart, last.selectionEnd, `{{${button.dataset.insert}}}`);
  });
})();
