/* Saving, and knowing what is saved: the fields are compared with those that were stored last, whatever events came. */
(function () {
  'use strict';
  const { nearest, toast } = window.IGNY8;
  const { form, text, uploads } = window.IGNY8_EDITOR;
  const NOT_OURS = new Set(['csrf_token', 'version', 'slug_seen']);
  let sent = null;
  let saving = null;

  /** All fields of the form with their values, as JSON by name. */
  function values() {
    text();
    const found = new Map();
    for (const [name, value] of new FormData(form)) {
      if (!NOT_OURS.has(name)) found.set(name, [...(found.get(name) || []), value]);
    }
    return new Map([...found].map(([name, all]) => [name, JSON.stringify(all)]));
  }

  let saved = values();
  const same = (a, b) => a.size === b.size && [...a].every(([name, value]) => b.get(name) === value);
  const isDirty = () => !same(values(), saved);

  function refresh() {
    form.toggleAttribute('data-dirty', isDirty());
    form.dispatchEvent(new CustomEvent('dirtyChecked'));
  }
  let soon = null;
  function refreshSoon() {
    form.setAttribute('data-dirty', '');
    clearTimeout(soon);
    soon = setTimeout(refresh, 600);
  }

  /** What a region was drawn with is what is stored: its fields count as saved. */
  function absorb(selector) {
    const now = values();
    const names = new Set([...document.querySelectorAll(`${selector} [name]`)].map((field) => field.name));
    for (const name of names) if (now.has(name)) saved.set(name, now.get(name)); else saved.delete(name);
    for (const name of [...saved.keys()]) if (/^image-\d+-/.test(name) && !now.has(name)) saved.delete(name);
  }

  const isOurs = (detail) => detail.elt === form;
  form.addEventListener('editorReady', refresh);
  form.addEventListener('textChanged', refreshSoon);
  for (const type of ['input', 'change']) {
    document.addEventListener(type, (event) => { if (event.target.form === form) refreshSoon(); });
  }
  window.addEventListener('beforeunload', refresh, true);

  document.addEventListener('submit', (event) => {
    if (event.target !== form) return;
    text();
    if (!document.querySelector('#visual img[src^="blob:"], #visual img[src^="data:"]')) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    toast('The image is still on its way. The text is saved when it is there.', 'info');
    uploads().then(() => form.requestSubmit());
  }, true);
  document.addEventListener('htmx:configRequest', (event) => {
    if (!isOurs(event.detail)) return;
    event.detail.parameters.content = text();
    sent = values();
    saving = new Promise((resolve) => {
      document.addEventListener('saveEnded', resolve, { once: true });
    });
  });
  document.addEventListener('htmx:beforeOnLoad', (event) => {
    if (!isOurs(event.detail) || !sent || event.detail.xhr.status >= 300) return;
    saved = sent;
    refresh();
  });
  /* Choices that came from WordPress are drawn anew: that is no change of the person's. */
  let wasClean = false;
  document.addEventListener('htmx:beforeSwap', (event) => {
    if (event.detail.target?.id === 'wordpress-place') wasClean = !isDirty();
  });
  document.addEventListener('htmx:afterSettle', (event) => {
    const ids = [event.detail.elt?.id, event.detail.target?.id];
    if (ids.includes('images')) absorb('#images');
    if (!ids.includes('wordpress-place')) return;
    if (wasClean) absorb('#wordpress-place');
    wasClean = false;
  });
  form.addEventListener('imagesDrawn', () => absorb('#images'));
  document.addEventListener('htmx:afterRequest', (event) => {
    if (!isOurs(event.detail)) return;
    if (event.detail.successful) absorb('#editor-terms');
    saving = null;
    refresh();
    document.dispatchEvent(new CustomEvent('saveEnded'));
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 's' || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    event.preventDefault();
    form.requestSubmit();
  });

  /* What acts on the saved version waits for a save that is under way. */
  document.addEventListener('htmx:confirm', (event) => {
    const words = event.detail.elt.dataset?.needsSaved;
    if (!words || !isDirty()) return;
    event.preventDefault();
    if (!saving) { toast(words, 'warning'); return; }
    saving.then(() => { if (isDirty()) toast(words, 'warning'); else event.detail.issueRequest(true); });
  });
  document.addEventListener('click', (event) => {
    if (!nearest(event, '[data-discard]')) return;
    saved = values();
    refresh();
  });

  window.IGNY8_SAVING = { isDirty, values, saved: () => saved };
})();
