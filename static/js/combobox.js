/* Long lists of choices in forms and filters (select[data-rest], select[data-combobox]) are searched by typing: a combobox
   after the ARIA pattern stands before the select, which keeps name and value. Without script, and for short lists, there is the select. */
(function () {
  'use strict';
  const LONG = 50;
  const MOST = 50;
  const plain = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().trim();
  let number = 0;

  function make(tag, attributes) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  }

  function matching(select, typed) {
    const words = plain(typed).split(/\s+/).filter(Boolean);
    const all = [...select.options].filter((option) => {
      const text = plain(option.text);
      return words.every((word) => text.includes(word));
    });
    const begins = (option) => (words.length && plain(option.text).startsWith(plain(typed)) ? 0 : 1);
    return all.sort((a, b) => begins(a) - begins(b));
  }

  function enhance(select) {
    if (select.dataset.searched !== undefined || select.disabled || select.multiple) return;
    if (!select.dataset.rest && select.options.length <= LONG && select.dataset.combobox !== 'always') return;
    select.dataset.searched = '';
    const id = `combobox-${(number += 1)}`;
    const input = make('input', {
      type: 'text', id, class: 'form-control', role: 'combobox', autocomplete: 'off', spellcheck: 'false',
      'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': `${id}-list`,
    });
    for (const name of ['aria-describedby', 'aria-invalid', 'aria-label']) {
      if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
    }
    input.placeholder = select.dataset.placeholder || '';
    const list = make('ul', { id: `${id}-list`, role: 'listbox', class: 'combobox-list', 'aria-label': gettext('Choices'), hidden: '' });
    const label = select.labels[0];
    if (label) label.htmlFor = id;
    const box = make('div', { class: 'combobox' });
    select.before(box);
    box.append(input, list);
    input.required = select.required;
    select.required = false;
    select.hidden = true;
    let rows = [];
    let active = -1;
    let loads = 0;
    let isLoading = false;
    let wants = false; // Enter was pressed while the choices were on their way

    const chosen = () => select.selectedOptions[0]?.text.trim() || '';
    const show = () => { input.value = chosen(); };
    const close = () => {
      wants = false;
      list.hidden = true;
      active = -1;
      input.setAttribute('aria-expanded', 'false');
      input.removeAttribute('aria-activedescendant');
    };
    const mark = (place) => {
      active = place;
      [...list.children].forEach((row, at) => row.setAttribute('aria-selected', String(at === place)));
      const row = list.children[place];
      if (row) {
        input.setAttribute('aria-activedescendant', row.id);
        row.scrollIntoView({ block: 'nearest' });
      } else input.removeAttribute('aria-activedescendant');
    };
    const draw = (typed) => {
      rows = matching(select, typed).slice(0, MOST);
      list.replaceChildren(...rows.map((option, at) => {
        const row = make('li', { id: `${id}-${at}`, role: 'option', 'aria-selected': 'false', class: 'combobox-row' });
        row.textContent = option.text;
        row.dir = 'auto';
        return row;
      }));
      if (!rows.length) {
        const none = make('li', { role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false', class: 'combobox-none' });
        none.textContent = gettext('Nothing has these words.');
        list.append(none);
      }
      list.hidden = false;
      input.setAttribute('aria-expanded', 'true');
      mark(typed && rows.length ? 0 : -1);
    };
    const choose = (option) => {
      const isNew = select.value !== option.value;
      select.value = option.value;
      show();
      close();
      if (isNew) for (const name of ['input', 'change']) select.dispatchEvent(new Event(name, { bubbles: true }));
    };
    const open = (typed) => {
      draw(typed);
      const load = (loads += 1);
      isLoading = true;
      window.IGNY8.fillChoices(select).then(() => {
        if (load !== loads) return; // something else was typed
        isLoading = false;
        if (list.hidden) return;
        draw(typed);
        if (wants && rows[active]) choose(rows[active]);
        wants = false;
      });
    };

    input.addEventListener('input', (event) => { event.stopPropagation(); wants = false; open(input.value); });
    input.addEventListener('change', (event) => event.stopPropagation());
    input.addEventListener('focus', () => input.select());
    input.addEventListener('click', () => { if (list.hidden) open(''); });
    input.addEventListener('keydown', (event) => {
      const steps = { ArrowDown: 1, ArrowUp: -1 };
      if (event.key in steps) {
        event.preventDefault();
        if (list.hidden) open('');
        else if (rows.length) mark((active + steps[event.key] + rows.length) % rows.length);
      } else if (event.key === 'Enter' && (!list.hidden || input.closest('.cell-editor'))) {
        event.preventDefault();
        if (isLoading) wants = true;
        else if (!list.hidden && rows[active]) choose(rows[active]);
      } else if (event.key === 'Escape' && !list.hidden) {
        event.preventDefault();
        event.stopPropagation();
        show();
        close();
      }
    });
    input.addEventListener('blur', () => {
      const exact = [...select.options].find((option) => plain(option.text) === plain(input.value));
      const empty = input.value.trim() === '' && [...select.options].find((option) => option.value === '');
      if (input.value === chosen()) close();
      else if (exact || empty) choose(exact || empty);
      else { show(); close(); }
    });
    list.addEventListener('pointerdown', (event) => event.preventDefault());
    list.addEventListener('click', (event) => {
      event.preventDefault(); // within a label it would open again
      const row = [...list.children].indexOf(event.target.closest('[role="option"]'));
      if (rows[row]) choose(rows[row]);
    });
    select.addEventListener('change', show);
    select.form?.addEventListener('reset', () => setTimeout(show));
    show();
  }

  const LONG_ONES = 'select.form-select[data-rest], select.form-select[data-combobox], .chip select[data-rest]';
  const look = (root) => {
    for (const select of root.querySelectorAll?.(LONG_ONES) || []) enhance(select);
  };
  document.addEventListener('DOMContentLoaded', () => look(document));
  document.addEventListener('htmx:load', (event) => look(event.target));
  /* A dialog that was fetched opens after its swap and has its first field ask for the other choices: before that. */
  document.addEventListener('htmx:afterSwap', (event) => look(event.detail.target || event.target), true);
})();
