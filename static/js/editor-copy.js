/* What was written and not saved, offered beside what is saved: the working copy that the server keeps for this person,
   and copies in this browser, which are there only while the server or the session is away. Each window writes a copy
   of its own; it goes with saving, once the server has the same, and with signing out. */
(function () {
  'use strict';
  const { form, setText } = window.IGNY8_EDITOR;
  const { isDirty, saved, same, values } = window.IGNY8_SAVING;
  const area = document.getElementById('editor-copy');
  const person = document.querySelector('meta[name="person"]');
  const version = () => form.querySelector('#version');
  const tab = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const prefix = `igny8-copy:${person?.content}:${person?.dataset.account}:${form.getAttribute('action')}`;
  const LABELS = { title: gettext('Title'), content: gettext('Content'), term_ids: gettext('Terms'), new_term: gettext('New terms') };
  const DELAY = 1000;
  const waiting = []; // offers that nobody has answered; the first is shown
  let looked = false;
  let kept = null; // the fields that the server has, unsaved
  form.querySelector('#editor-tab').value = tab;

  /** Write or remove the copy of this window; false when the browser refuses. */
  function store(value) {
    try {
      if (value) localStorage.setItem(`${prefix}:${tab}`, JSON.stringify(value)); else localStorage.removeItem(`${prefix}:${tab}`);
      return true;
    } catch (full) { return false; } // private mode, or no room
  }
  function copies() {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(prefix))
        .map((key) => ({ ...JSON.parse(localStorage.getItem(key)), key })).filter((copy) => Array.isArray(copy.fields));
    } catch (blocked) { return []; }
  }

  /** Keep what is not saved in this browser, unless the server has it; false when that did not work. */
  function keep() {
    if (!looked) return true;
    const now = values();
    if (same(now, saved()) || (kept && same(now, kept))) return store(null);
    return store({ at: Date.now(), version: version().value, tab, fields: [...now] });
  }
  let soon = null;
  form.addEventListener('touched', () => { soon ||= setTimeout(() => { soon = null; keep(); }, DELAY); });
  form.addEventListener('dirtyChecked', () => { if (!isDirty()) keep(); });
  window.addEventListener('pagehide', keep);

  /* Offering it ------------------------------------------------------------------------------------------- */
  const first = (json) => (json === undefined ? '' : JSON.parse(json).join(', '));
  function different(copy) {
    const fields = new Map(copy.fields);
    const now = copy.isBeside ? values() : saved();
    const names = new Set([...fields.keys(), ...now.keys()]);
    return [...names].filter((name) => fields.get(name) !== now.get(name)).map((name) => [name, now.get(name), fields.get(name)]);
  }

  function element(tagName, attributes, ...children) {
    const node = document.createElement(tagName);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }
  function side(title, words) {
    const field = element('textarea', { class: 'form-control mono', readonly: '', rows: words.length > 200 ? 12 : 2, 'aria-label': title });
    field.value = words;
    return element('div', {}, element('p', { class: 'field-help' }, title), field);
  }
  function comparison(copy) {
    const box = element('details', { class: 'conflict' }, element('summary', {}, gettext('Compare')));
    for (const [name, now, then] of different(copy)) {
      const label = LABELS[name] || document.querySelector(`label[for="${CSS.escape(name)}"]`)?.textContent.trim() || name;
      box.append(element('h2', {}, label), element('div', { class: 'conflict-sides' },
        side(copy.isBeside ? gettext('This window') : gettext('Saved'), first(now)), side(copy.isBeside ? gettext('Other window') : gettext('Not saved'), first(then))));
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

  async function restore(copy) {
    const fields = new Map(copy.fields);
    await window.IGNY8_TERMS.bring(fields);
    for (const name of saved().keys()) if (!fields.has(name)) fill(name, []);
    for (const [name, value] of fields) if (name !== 'content') fill(name, JSON.parse(value));
    if (fields.has('content')) await setText(JSON.parse(fields.get('content'))[0]);
    version().value = copy.version; // saved by somebody since: saving puts both together
    form.append(element('input', { type: 'hidden', name: 'tab', value: copy.tab })); // saving ends that copy too
    answered(copy);
    form.dispatchEvent(new CustomEvent('textChanged'));
  }

  /** The first offer is answered: it is not made again, and this window keeps what is not saved from now on. */
  function answered(copy) {
    waiting.shift();
    if (copy.key) try { localStorage.removeItem(copy.key); } catch (blocked) { /* it is offered again */ }
    show();
    form.dispatchEvent(new CustomEvent('copyAnswered', { detail: { isServers: !copy.key } }));
  }

  const language = document.documentElement.lang || 'en';
  const clock = (at) => new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, new Date(at).toDateString() === new Date().toDateString()
    ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' }).format(at);

  function told(copy) {
    const at = clock(copy.at);
    if (copy.isBeside) {
      return [gettext('You went on in another window'), gettext('What was written there until %(at)s is not what stands here.', { at }),
        gettext('Use those'), gettext('Keep what is here')];
    }
    const where = copy.key ? gettext('This browser kept them while the server was away.') : gettext('They were kept as you wrote them.');
    const isNewest = String(copy.version) === version().value;
    const since = isNewest ? '' : gettext('It was saved again since then: saving these puts both together.');
    return [gettext('You have changes of %(at)s that are not saved', { at }), `${where} ${since}`.trim(), gettext('Continue'), gettext('Discard')];
  }

  function show() {
    const [copy] = waiting;
    if (!copy) { area.replaceChildren(); return; }
    const [title, words, use, leave] = told(copy);
    area.replaceChildren(element('section', { class: 'notice notice-amber stack-sm', role: 'status' },
      element('strong', {}, title), element('p', {}, words), comparison(copy),
      element('div', { class: 'row-flex' }, button(use, 'btn-primary', () => restore(copy)), button(leave, 'btn-ghost', () => answered(copy)))));
  }

  /** A copy as the server sends it. */
  function fromServer(copy) {
    return { ...copy, at: Date.parse(copy.at), fields: Object.entries(copy.fields).map(([name, all]) => [name, JSON.stringify(all)]) };
  }

  /** Offer what another window keeps by now; false when it is the same as here. */
  function offerBeside(sent) {
    const copy = { ...fromServer(sent), isBeside: true };
    if (!different(copy).length) return false;
    waiting.push(copy);
    show();
    return true;
  }

  function look() {
    looked = true;
    const sent = JSON.parse(document.getElementById('working-copy').textContent);
    const here = copies();
    const served = sent && !here.some((copy) => copy.tab === sent.tab) ? [fromServer(sent)] : []; // the browser's is newer
    for (const copy of [...served, ...here.sort((a, b) => b.at - a.at)]) {
      const isKnown = waiting.some((other) => same(new Map(other.fields), new Map(copy.fields)));
      if (different(copy).length && !isKnown) waiting.push(copy);
      else if (copy.key) localStorage.removeItem(copy.key);
    }
    show();
    form.dispatchEvent(new CustomEvent('copiesRead', { detail: { hasServers: sent !== null } }));
  }
  if (window.hugerte) form.addEventListener('editorReady', look, { once: true }); else look();

  window.IGNY8_COPY = { tab, clock, keep, offerBeside, isAsking: () => waiting.length > 0, serverHas: (fields) => { kept = fields; return keep(); } };
})();
