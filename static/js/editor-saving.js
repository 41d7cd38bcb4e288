/* Saving, and knowing what is saved: the fields are compared with those that were stored last, whatever events came.
   Fires touched at the form with each change, and dirtyChecked after it has compared. */
(function () {
  'use strict';
  const { nearest, toast } = window.IGNY8;
  const { form, text, uploads } = window.IGNY8_EDITOR;
  const NOT_OURS = new Set(['csrf_token', 'for_site', 'version', 'slug_seen', 'tab', 'terms_seen']);
  let sent = null;
  let saving = null;

  /** All fields of the form with their values, as JSON by name. */
  function values() {
    text();
    const found = new Map();
    for (const [name, value] of new FormData(form)) {
      if (!NOT_OURS.has(name) && !/^choice-|^image-\d+-was$/.test(name)) found.set(name, [...(found.get(name) || []), value]);
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
    form.dispatchEvent(new CustomEvent('touched'));
  }

  /** What a region was drawn with is what is stored: its fields count as saved. */
  function absorb(selector) {
    const now = values();
    const names = new Set([...document.querySelectorAll(`${selector} [name]`)].map((field) => field.name));
    for (const name of names) if (now.has(name)) saved.set(name, now.get(name)); else saved.delete(name);
    for (const name of [...saved.keys()]) if (/^image-\d+-/.test(name) && !now.has(name)) saved.delete(name);
  }

  /** What is said of images was sent: it is what others' changes are told from now on. */
  function imagesWere() {
    for (const field of document.querySelectorAll('[name^="image-"][name$="-was"]')) {
      const shown = ['alt', 'title', 'caption'].map((name) => [name, saved.get(field.name.replace('was', name))]);
      field.value = JSON.stringify(Object.fromEntries(shown.map(([name, all]) => [name, JSON.parse(all || '[""]')[0]])));
    }
  }

  const isOurs = (detail) => detail.elt === form;
  form.addEventListener('editorReady', refresh);
  form.addEventListener('textChanged', refreshSoon);
  for (const type of ['input', 'change']) {
    document.addEventListener(type, (event) => { if (event.target.form === form) refreshSoon(); });
  }
  window.addEventListener('beforeunload', refresh, true);

  /* An image that is being uploaded is waited for once. One that cannot be is saved as it stands: Check names it. */
  let hasWaited = false;
  document.addEventListener('submit', (event) => {
    if (event.target !== form) return;
    text();
    if (!document.querySelector('#visual img[src^="blob:"], #visual img[src^="data:"]')) { hasWaited = false; return; }
    if (hasWaited) {
      hasWaited = false;
      toast(gettext('An image could not be uploaded. The text is saved; choose the image again under Images.'), 'warning');
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    toast(gettext('The image is still on its way. The text is saved when it is there.'), 'info');
    const goOn = () => { hasWaited = true; form.requestSubmit(); };
    uploads().then(goOn, goOn);
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
    imagesWere();
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
  /** Count what stands here as saved: it goes elsewhere, or is not wanted. */
  function forgive() {
    saved = values();
    refresh();
  }
  document.addEventListener('click', (event) => { if (nearest(event, '[data-discard]')) forgive(); });

  window.IGNY8_SAVING = { forgive, isDirty, values, same, saved: () => saved, isSaving: () => saving !== null };
})();
