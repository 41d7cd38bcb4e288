/* What is not saved goes to the server every few seconds as this person's working copy: one request at a time, and only
   when something changed. Beside Save stands in words where it is kept. Fires kept at the form with what the server said. */
(function () {
  'use strict';
  const { send } = window.IGNY8;
  const { form } = window.IGNY8_EDITOR;
  const { isDirty, isSaving, same, values } = window.IGNY8_SAVING;
  const { clock, isAsking, keep, offerBeside, serverHas, tab } = window.IGNY8_COPY;
  const state = document.getElementById('save-state');
  const { keep: address, forget: forgetting } = document.getElementById('editor-copy').dataset;
  const EVERY = 3000;
  const AGAIN = 10000;
  let timer = null;
  let isBusy = false;
  let takesOver = false;
  let kept = null; // what the server has, as values()
  let isThere = false; // a working copy of this person is on the server

  function say(words, kind = '') {
    if (state.textContent !== words) state.textContent = words;
    state.dataset.kind = kind;
  }
  let isKeptHere = false; // that it is in this browser only is said until it is on the server
  function sayKeptHere(why) {
    isKeptHere = keep();
    if (isKeptHere) say(gettext('%(why)s: kept in this browser', { why }), 'warning');
    else say(gettext('%(why)s: not kept, save now', { why }), 'error');
  }
  const schedule = (after) => { timer ||= setTimeout(run, after); };

  function body(fields) {
    const data = new FormData();
    for (const [name, all] of fields) for (const value of JSON.parse(all)) data.append(name, value);
    data.append('version', form.querySelector('#version').value);
    data.append('tab', tab);
    if (takesOver) data.append('take_over', '1');
    return data;
  }

  async function forget(everything = false) {
    const data = new FormData();
    if (!everything) data.append('tab', tab);
    kept = null;
    serverHas(null);
    const answer = await send(forgetting, data, {}, true).catch(() => null);
    if (answer?.ok) isThere = false;
  }

  /** Somebody has deleted the content meanwhile: a form takes title and text over into another one. */
  function offerNew() {
    keep();
    say(gettext('Deleted meanwhile'), 'error');
    const area = document.getElementById('editor-copy');
    if (area.querySelector('[name="content_html"]')) return;
    area.replaceChildren(document.getElementById('is-deleted').content.cloneNode(true));
    area.firstElementChild.addEventListener('submit', (event) => {
      const { elements } = event.target;
      elements.title.value = document.getElementById('title').value.trim() || gettext('Untitled');
      elements.content_html.value = window.IGNY8_EDITOR.text();
      for (const one of [form, event.target]) one.removeAttribute('data-dirty');
      window.IGNY8_SAVING.forgive();
    });
  }

  async function accept(response, fields) {
    if (response.status === 404) { offerNew(); return; }
    if (response.status === 409) {
      const { copy } = await response.json();
      if (!copy || !offerBeside(copy)) { takesOver = true; schedule(0); return; }
      sayKeptHere(gettext('Open in another window'));
      return;
    }
    if (!response.ok) {
      const why = { 400: gettext('Signed out'), 401: gettext('Signed out'), 413: gettext('Too long') };
      sayKeptHere(why[response.status] || gettext('Server not available'));
      schedule(AGAIN);
      return;
    }
    const answer = await response.json();
    takesOver = false;
    isThere = true;
    kept = fields;
    serverHas(fields);
    isKeptHere = false;
    if (isDirty() && !same(values(), fields)) say(gettext('Not saved yet')); // it went on while this was on its way
    else if (isDirty()) say(gettext('All changes kept %(at)s', { at: clock(Date.parse(answer.kept_at)) }));
    form.dispatchEvent(new CustomEvent('kept', { detail: answer }));
  }

  async function run() {
    timer = null;
    if (isBusy || isSaving()) { schedule(EVERY); return; }
    if (isAsking()) { sayKeptHere(gettext('Answer above')); return; }
    const fields = values();
    if (!isDirty()) { if (isThere) await forget(); return; }
    if (kept && same(fields, kept)) return;
    isBusy = true;
    try {
      await accept(await send(address, body(fields), { Accept: 'application/json' }, true), fields);
    } catch (away) {
      sayKeptHere(gettext('Offline'));
      schedule(AGAIN);
    } finally {
      isBusy = false;
    }
    if (!isAsking() && (isDirty() ? kept && !same(values(), kept) : isThere)) schedule(EVERY);
  }

  form.addEventListener('touched', () => {
    if (!isKeptHere) say(gettext('Not saved yet'));
    schedule(EVERY);
  });
  form.addEventListener('dirtyChecked', () => {
    if (!isDirty()) { isKeptHere = false; say(gettext('Saved')); if (isThere) schedule(0); }
    else if (kept && !timer && !isBusy) schedule(0);
  });
  document.addEventListener('saveEnded', () => {
    if (isDirty()) { schedule(EVERY); return; }
    kept = null;
    serverHas(null);
    isThere = isBusy; // one that is still under way would come after the save
    if (isThere) schedule(EVERY);
  });
  form.addEventListener('copiesRead', () => { if (isAsking()) say(''); else say(isDirty() ? gettext('Not saved yet') : gettext('Saved')); });
  form.addEventListener('copyAnswered', (event) => {
    takesOver = true;
    if (event.detail.isServers && !isDirty()) forget(true);
    schedule(0);
  });
  window.addEventListener('online', () => { clearTimeout(timer); timer = null; schedule(0); });
  document.addEventListener('visibilitychange', () => { if (document.hidden && timer) { clearTimeout(timer); run(); } });
})();
