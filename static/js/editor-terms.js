/* Terms that are found by typing (search-choices.js) stand as chips, which are unticked to take them off. The region is
   drawn anew after each save. */
(function () {
  'use strict';
  const NEW = {
    category: gettext('new category'), tag: gettext('new tag'), service_category: gettext('new service category'),
    product_category: gettext('new product category'), product_tag: gettext('new product tag'),
  };
  const boxOf = (name, value) => [...document.querySelectorAll(`#editor-terms [name="${name}"]`)].find((box) => box.value === value);

  function chip(name, value, words, kind) {
    const label = document.createElement('label');
    label.className = 'term-chip';
    const box = document.createElement('input');
    Object.assign(box, { type: 'checkbox', name, value, checked: true, className: 'form-check-input' });
    box.setAttribute('form', 'editor-form');
    const [text, small] = [document.createElement('span'), document.createElement('small')];
    Object.assign(text, { dir: 'auto', textContent: words });
    small.textContent = kind;
    label.append(box, text, small);
    document.querySelector('#editor-terms .term-chips').append(label);
    return box;
  }
  const chipOf = (row) => chip(row.dataset.as, row.dataset.value, ...['span', 'small'].map((part) => row.querySelector(part).textContent));

  document.addEventListener('found', (event) => {
    if (event.target.id !== 'term-search') return;
    for (const row of event.detail.list.querySelectorAll('[data-value]')) {
      if (boxOf(row.dataset.as, row.dataset.value)?.checked) row.remove();
    }
  });
  document.addEventListener('chosen', (event) => {
    if (event.target.id !== 'term-search') return;
    const { row } = event.detail;
    const box = boxOf(row.dataset.as, row.dataset.value) || chipOf(row);
    box.checked = true;
    box.dispatchEvent(new Event('change', { bubbles: true }));
  });

  /** What was chosen and not saved comes back with the rest of a working copy: its chips are made anew. */
  async function bring(fields) {
    const all = (name) => JSON.parse(fields.get(name) || '[]');
    for (const value of all('new_term')) {
      const [kind, ...words] = value.split(':');
      if (!boxOf('new_term', value)) chip('new_term', value, words.join(':'), NEW[kind] || gettext('new term'));
    }
    const missing = all('term_ids').filter((id) => !boxOf('term_ids', id));
    const field = document.getElementById('term-search');
    if (!missing.length || !field) return;
    const rows = await window.IGNY8_CHOICES.fetched(field.dataset.searchChoices, { ids: missing.join(' ') }).catch(() => []);
    rows.forEach(chipOf);
  }
  window.IGNY8_TERMS = { bring };
})();
