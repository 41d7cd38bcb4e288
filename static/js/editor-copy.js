/* A copy of what is not saved yet, kept in this browser for this person, account and content: after a crash, a closed
   window or an ended session it is offered beside what is saved. It goes with saving and with signing out. */
(function () {
  'use strict';
  const { form, setText } = window.IGNY8_EDITOR;
  const { isDirty, saved, values } = window.IGNY8_SAVING;
  const area = document.getElementById('editor-copy');
  const person = document.querySelector('meta[name="person"]');
  const version = () => form.querySelector('#version');
  const key = `igny8-copy:${person?.content}:${person?.dataset.account}:${form.getAttribute('action')}`;
  const LABELS = { title: 'Title', content: 'Content' };
  const DELAY = 1000;
  let offered = null;
  let looked = false;

  function store(value) {
    try {
      if (value) localStorage.setItem(key, JSON.stringify(value)); else localStorage.removeItem(key);
    } catch (full) { /* private mode, or no room: the question before leaving remains */ }
  }
  function stored() {
    try { return JSON.parse(localStorage.getItem(key) || 'null'); } catch (blocked) { return null; }
  }

  function keep() {
    if (!looked || offered) return; // the older copy is not written over before it is answered
    if (isDirty()) store({ at: Date.now(), version: version().value, fields: [...values()] });
    else store(null);
  }
  let soon = null;
  form.addEventListener('dirtyChecked', () => {
    clearTimeout(soon);
    if (form.hasAttribute('data-dirty')) soon = setTimeout(keep, DELAY); else keep();
  });
  window.addEventListener('pagehide', keep);

  /* Offering it ------------------------------------------------------------------------------------------- */
  const first = (json) => (json === undefined ? '' : JSON.parse(json).join(', '));
  const different = (copy) => copy.fields.filter(([name, value]) => saved().get(name) !== value);

  function element(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }
  function side(title, words) {
    const field = element('textarea', { class: 'form-control mono', readonly: '', rows: words.length > 200 ? 12 : 2, 'aria-label': title });
    field.value = words;
    return element('div', {}, element('p', { class: 'field-help' }, title), field);
  }
  function comparison(fields) {
    const box = element('details', { class: 'conflict' }, element('summary', {}, 'Compare'));
    for (const [name, value] of fields) {
      const label = LABELS[name] || document.querySelector(`label[for="${CSS.escape(name)}"]`)?.textContent.trim() || name;
      box.append(element('h2', {}, label), element('div', { class: 'conflict-sides' },
        side('Saved', first(saved().get(name))), side('Not saved', first(value))));
    }
    return box;
  }
  function button(words, kind, act) {
    const node = element('button', { type: 'button', class: `btn btn-small ${kind}` }, words);
    node.addEventListener('click', act);
    return node;
  }

  function fill(name, all) {
    const fields = [...form.elements].filter((field) => field.name === name && field.type !== 'hidden');
    for (const field of fields) {
      if (field.type === 'checkbox') field.checked = all.includes(field.value);
      else if (all.length) [field.value] = all;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
  }

  async function restore() {
    const copy = offered;
    for (const [name, value] of copy.fields) if (name !== 'content') fill(name, JSON.parse(value));
    const [content] = copy.fields.filter(([name]) => name === 'content').map(([, value]) => JSON.parse(value)[0]);
    if (content !== undefined) await setText(content);
    version().value = copy.version; // saved by somebody since: the answer to saving shows both texts
    close();
    form.dispatchEvent(new CustomEvent('textChanged'));
  }
  function close() {
    offered = null;
    area.replaceChildren();
  }

  function offer(copy) {
    offered = copy;
    const when = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' }).format(copy.at);
    const since = copy.version === version().value ? '' : ' It was saved again since then; saving the older text shows you both.';
    area.replaceChildren(element('section', { class: 'notice notice-amber stack-sm', role: 'status' },
      element('strong', {}, 'There is text that was not saved'),
      element('p', {}, `This browser kept what was written here until ${when}.${since}`),
      comparison(different(copy)),
      element('div', { class: 'row-flex' }, button('Restore', 'btn-primary', restore),
        button('Discard', 'btn-ghost', () => { close(); keep(); }))));
  }

  function look() {
    looked = true;
    const copy = stored();
    if (!copy || !Array.isArray(copy.fields)) return;
    if (different(copy).length) offer(copy); else store(null);
  }
  if (window.hugerte) form.addEventListener('editorReady', look, { once: true }); else look();
})();
