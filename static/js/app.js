/* The page's shared behaviour: toasts, HTMX wiring, times, keyboard. Everything hangs on data attributes;
   pages work without this file. HTML that others wrote stands in [data-foreign]: nothing that happens in it is for a
   listener of ours, whatever attributes it has. Exposes window.IGNY8 = { toast, nearest, release }. */
(function () {
  'use strict';

  const LEVELS = { success: 'circle-check', error: 'alert-circle', warning: 'alert-triangle', info: 'info-circle' };
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content || '';

  const FOREIGN = '[data-foreign]';
  /** The element around what an event is about; null when that is in HTML that others wrote. */
  const nearest = (event, selector) => (event.target.closest?.(FOREIGN) ? null : event.target.closest?.(selector) || null);
  const ours = (root, selector) => [...root.querySelectorAll(selector)].filter((node) => !node.closest(FOREIGN));

  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  const icon = (name) => element('i', { class: `icon i-${name}` });

  /* Toasts ---------------------------------------------------------------------------------------- */
  const toasts = () => document.getElementById('toasts');
  const SECONDS = { error: 15, warning: 10 };
  const SPOTS = ['end', 'start', 'page'];

  const meets = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

  /** Where messages cover no field: a corner, the foot of the navigation, or the page itself, which makes room. */
  function placeToasts() {
    const region = toasts();
    if (!region?.children.length) { region?.removeAttribute('data-spot'); return; }
    const fields = [...document.querySelectorAll('input:not([type="hidden"]), select, textarea, [contenteditable="true"]')];
    const narrow = window.innerWidth < 992;
    let best = null;
    for (const spot of SPOTS) {
      if (spot === 'start' && (narrow || document.documentElement.dataset.nav === 'slim' || !document.getElementById('side'))) continue;
      region.dataset.spot = spot;
      const own = region.getBoundingClientRect();  // and the fields once it is there: in the page it moves them
      const boxes = fields.map((field) => field.getBoundingClientRect()).filter((box) => box.width && box.height);
      const covered = boxes.filter((box) => meets(own, box)).length;
      if (!covered) return;
      if (!best || covered <= best.covered) best = { spot, covered };
    }
    region.dataset.spot = best.spot;  // none is free, as over a field that fills the screen
  }
  for (const type of ['scrollend', 'resize']) window.addEventListener(type, () => placeToasts());
  document.addEventListener('focusin', () => placeToasts());

  function armToast(node) {
    let timer = null;
    node.shownAt = Date.now();
    const leave = () => { node.remove(); placeToasts(); };
    const start = () => { clearTimeout(timer); timer = setTimeout(leave, (SECONDS[node.dataset.level] || 7) * 1000); };
    node.querySelector('[data-dismiss]')?.addEventListener('click', leave);
    node.addEventListener('mouseenter', () => clearTimeout(timer));
    node.addEventListener('mouseleave', start);
    node.addEventListener('focusin', () => clearTimeout(timer));
    node.addEventListener('focusout', start);
    start();
    placeToasts();
  }

  /* "Publishing 1 item." says nothing any more once the work that it told of has ended: what came of it is said elsewhere. */
  document.addEventListener('runEnded', () => {
    for (const node of document.querySelectorAll('#toasts > [data-level="info"]')) {
      if (Date.now() - (node.shownAt || 0) > 400) node.remove();
    }
    placeToasts();
  });

  /* `undo` is an address that takes it back (cells.js). */
  function toast(message, level = 'info', undo = '') {
    const region = toasts();
    if (!region || !message) return;
    const known = LEVELS[level] ? level : 'info';
    const same = [...region.children].find((node) => node.dataset.message === message);
    if (same && !undo) return;
    same?.remove();
    const words = element('div', {}, message);
    if (undo) words.append(' ', element('button', { type: 'button', class: 'btn btn-link btn-small', 'data-undo': undo }, gettext('Undo')));
    const close = element('button', { type: 'button', class: 'btn btn-ghost btn-small btn-icon-only',
      'data-dismiss': '', 'aria-label': gettext('Close message') }, icon('x'));
    const node = element('div', { class: 'toast-note', role: known === 'error' ? 'alert' : 'status',
      'data-level': known, 'data-message': message }, icon(LEVELS[known]), words, close);
    region.append(node);
    while (region.children.length > 4) region.firstElementChild.remove();
    armToast(node);
  }

  /* An error about a field is said at the field, where the dialog or form that was sent has it. */
  const sentFrom = (node) => node.closest?.('dialog') || node.closest?.('form');
  function sayAtField(node, name, message) {
    const field = name && sentFrom(node)?.querySelector(`[name="${CSS.escape(name)}"]:not([type="hidden"])`);
    const place = field?.closest('.field') || field?.parentElement;
    if (!place) return false;
    const said = element('p', { class: 'form-error', id: `${field.id}-said`, role: 'alert', 'data-said': '' },
      icon('alert-circle'), element('span', {}, message));
    place.append(said);
    field.setAttribute('aria-invalid', 'true');
    field.setAttribute('aria-errormessage', said.id);
    field.focus();
    return true;
  }
  document.addEventListener('htmx:beforeRequest', (event) => {
    for (const said of sentFrom(event.detail.elt)?.querySelectorAll('[data-said]') || []) {
      const field = document.querySelector(`[aria-errormessage="${CSS.escape(said.id)}"]`);
      field?.removeAttribute('aria-invalid');
      field?.removeAttribute('aria-errormessage');
      said.remove();
    }
  });

  document.addEventListener('toast', (event) => {
    const detail = event.detail || {};
    if (detail.level === 'error' && sayAtField(event.target, detail.field, detail.message)) return;
    toast(detail.message || detail.value, detail.level, detail.undo);
  });

  /* HTMX: CSRF, filters without empty parameters, failures in words -------------------------------- */
  document.addEventListener('htmx:configRequest', (event) => {
    Object.assign(event.detail.headers, { 'X-CSRFToken': meta('csrf-token'), 'X-Site': meta('site') || '' });
    if (!event.detail.elt.closest('[data-prune]')) return;
    const parameters = event.detail.parameters;
    for (const name of new Set(Object.keys(parameters))) {
      if (parameters[name] === '') delete parameters[name];
    }
  });

  function isFragment(xhr) {
    const type = xhr.getResponseHeader('Content-Type') || '';
    const body = (xhr.responseText || '').trimStart();
    return type.includes('text/html') && body !== '' && !/^<(!doctype|html)/i.test(body);
  }

  /* Forms that came back with their errors (4xx with a fragment) are shown; whole error pages are not. */
  document.addEventListener('htmx:beforeSwap', (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400 && xhr.status < 500 && isFragment(xhr)) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  const WORDS = {
    400: gettext('The request could not be read. Reload the page and try again.'),
    403: gettext('Your role does not allow this. Ask an owner or admin of the account.'),
    404: gettext('This no longer exists. Reload the page to see what is there now.'),
    409: gettext('Somebody else changed this in the meantime. Reload the page and try again.'),
    413: gettext('That is too large to send. Split it into smaller parts.'),
    429: gettext('Too many requests in a short time. Wait a minute and try again.'),
    503: gettext('The service is not ready just now. Try again in a minute; nothing was changed.'),
  };

  document.addEventListener('htmx:responseError', (event) => {
    const { xhr } = event.detail;
    const trigger = xhr.getResponseHeader('HX-Trigger') || '';
    if (trigger.includes('toast') || xhr.getResponseHeader('HX-Redirect')) return;
    toast(WORDS[xhr.status]
      || gettext('That did not work because of a fault on our side. Try again; if it happens twice, tell support.'), 'error');
  });
  document.addEventListener('htmx:sendError', () => {
    toast(gettext('The server cannot be reached. Check your connection; nothing was changed.'), 'error');
  });
  document.addEventListener('htmx:timeout', () => {
    toast(gettext('The server took too long to answer. Reload the page to see whether it was done.'), 'error');
  });
  document.addEventListener('htmx:swapError', () => {
    toast(gettext('The answer could not be shown. Reload the page.'), 'error');
  });

  /* Runs: an open list stays open while it polls; the end of a run is told to whoever listens ---------
     A run inside [data-renew] makes the page another one when it succeeds (an empty list gets its first rows), unless
     that would lose words which nobody has saved. */
  const ACTIVE = new Set(['queued', 'running', 'paused']);
  const before = new Map();
  document.addEventListener('htmx:beforeSwap', (event) => {
    const node = event.detail.target;
    if (!node?.id) return;
    before.set(node.id, { open: node.open === true, state: node.dataset.state });
  });
  document.addEventListener('htmx:afterSwap', (event) => {
    const node = event.detail.elt;
    for (const [id, was] of before) {
      const now = document.getElementById(id);
      if (now && was.open) now.open = true;
      if (now?.matches('.run') && ACTIVE.has(was.state) && !ACTIVE.has(now.dataset.state)) {
        now.dispatchEvent(new CustomEvent('runEnded', { bubbles: true, detail: { state: now.dataset.state } }));
        document.body.dispatchEvent(new CustomEvent('runsChanged'));
        const renews = now.closest('[data-renew]') && now.dataset.state === 'succeeded';
        if (renews && !document.querySelector('form[data-dirty]')) window.location.reload();
      }
    }
    before.clear();
    const started = node.matches?.('.run[hx-get]') || node.querySelector?.('.run[hx-get]');
    if (started && !node.closest('#runs-menu') && !document.querySelector('#runs-menu[data-active]')) {
      document.body.dispatchEvent(new CustomEvent('runsChanged'));
    }
  });

  /* What polls with data-seen-only rests while nobody sees the page, and asks at once when somebody does again. */
  document.addEventListener('htmx:beforeRequest', (event) => {
    const { elt, requestConfig } = event.detail;
    if (document.hidden && !requestConfig.triggeringEvent && elt.matches('[data-seen-only]')) event.preventDefault();
  });
  function seen() {
    if (document.hidden) return;
    for (const node of document.querySelectorAll('[data-seen-only]')) node.dispatchEvent(new CustomEvent('reload'));
  }
  document.addEventListener('visibilitychange', seen);
  window.addEventListener('focus', seen);

  /* data-reload="#region": after a request that was accepted, that region fetches itself (hx-trigger="reload"); with
     "closest tr" the row of the button that sent it. */
  document.addEventListener('htmx:afterRequest', (event) => {
    const { elt, successful, requestConfig } = event.detail;
    const reload = elt.closest?.('[data-reload]')?.dataset.reload;
    if (!reload || !successful) return;
    const row = (requestConfig.triggeringEvent?.submitter || elt).closest('tr');
    for (const region of reload === 'closest tr' ? [row].filter(Boolean) : document.querySelectorAll(reload)) region.dispatchEvent(new CustomEvent('reload'));
    document.body.dispatchEvent(new CustomEvent('runsChanged'));
  });

  /* Times in the person's zone, as the profile has it ----------------------------------------------------------------------- */
  const language = document.documentElement.lang || 'en';
  const UNITS = [['year', 31536000], ['month', 2592000], ['week', 604800], ['day', 86400], ['hour', 3600], ['minute', 60]];
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  function format(style) {
    try {
      return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { ...style, timeZone: meta('time-zone') || undefined });
    } catch (unknown) { /* a zone that this browser does not know: its own */
      return new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, style);
    }
  }
  const dateTime = format({ dateStyle: 'medium', timeStyle: 'short' });
  const dateOnly = format({ dateStyle: 'medium' });
  const full = format({ dateStyle: 'full', timeStyle: 'long' });

  function ago(date) {
    const seconds = (date.getTime() - Date.now()) / 1000;
    const found = UNITS.find(([, size]) => Math.abs(seconds) >= size);
    return found ? relative.format(Math.round(seconds / found[1]), found[0]) : gettext('just now');
  }

  function localise(root) {
    for (const node of ours(root, 'time[data-local]')) {
      if (!node.dateTime) node.dateTime = node.textContent.trim();
      const date = new Date(node.dateTime);
      if (Number.isNaN(date.getTime())) continue;
      const style = node.dataset.local;
      node.textContent = ['', 'relative'].includes(style) ? ago(date) : (style === 'date' ? dateOnly : dateTime).format(date);
      node.title = `${full.format(date)} · ${date.toISOString().replace('T', ' ').slice(0, 16)} UTC`;
    }
  }

  /* Character counters: <span data-counter-for="field-id" data-limit="60"> ----------------------------- */
  function count(field) {
    for (const node of document.querySelectorAll(`[data-counter-for="${CSS.escape(field.id)}"]`)) {
      const length = [...field.value].length;
      const limit = Number(node.dataset.limit);
      node.dataset.over = String(length > limit);
      const values = { length: localNumber(length), limit: localNumber(limit) };
      node.textContent = length > limit ? gettext('%(length)s of %(limit)s, may be cut short', values)
        : gettext('%(length)s of %(limit)s', values);
    }
  }
  document.addEventListener('input', (event) => { if (nearest(event, '[id]') === event.target) count(event.target); });

  /* File drop zones: <label data-drop> around a file input ---------------------------------------------- */
  for (const type of ['dragover', 'dragleave', 'drop']) {
    document.addEventListener(type, (event) => {
      const zone = nearest(event, '[data-drop]');
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle('over', type === 'dragover');
      const input = zone.querySelector('input[type="file"]');
      if (type !== 'drop' || !input || !event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
    });
  }
  document.addEventListener('change', (event) => {
    const name = nearest(event, '[data-drop]')?.querySelector('[data-file-name]');
    if (name && event.target.type === 'file') {
      name.textContent = [...event.target.files].map((file) => file.name).join(', ') || name.dataset.fileName;
    }
  });

  /* Copy: <button data-copy="#id-of-field"> --------------------------------------------------------------- */
  document.addEventListener('click', async (event) => {
    const button = nearest(event, '[data-copy]');
    if (!button) return;
    const source = document.querySelector(button.dataset.copy);
    const text = source.value ?? source.textContent;
    try {
      await navigator.clipboard.writeText(text.trim());
      toast('Copied.', 'success');
    } catch (refused) {
      source.select?.();
      toast(gettext('Your browser did not allow copying. The text is selected: press Ctrl+C.'), 'info');
    }
  });

  /* Keyboard: / goes to the search field -------------------------------------------------------------------- */
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest('input, textarea, select, [contenteditable="true"]');
    if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.querySelector('[data-search]');
    if (!search || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    search.focus();
    search.select();
  });

  /* Forms that may lose work: <form data-unsaved> ------------------------------------------------------------- */
  window.addEventListener('beforeunload', (event) => {
    if (document.querySelector('form[data-unsaved][data-dirty]')) event.preventDefault();
  });
  const dirty = (event) => {
    const form = event.target.form || nearest(event, 'form');
    if (form?.matches('[data-unsaved]')) form.setAttribute('data-dirty', '');
  };
  document.addEventListener('input', dirty);
  document.addEventListener('change', dirty);
  document.addEventListener('submit', (event) => { event.target.removeAttribute('data-dirty'); });
  /* data-after-forms="why": is not done while a form beside it holds words that are not saved. */
  document.addEventListener('htmx:confirm', (event) => {
    const words = event.detail.elt.dataset?.afterForms;
    const panel = event.detail.elt.closest('.editor-panel') || document;
    if (!words || !panel.querySelector('form[data-unsaved][data-dirty]')) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    toast(words, 'warning');
  });

  /* What is under way is not sent twice by a second click, by HTMX or without; the button that was pressed waits. */
  const mark = (button, busy) => {
    if (busy) button?.setAttribute('aria-busy', 'true'); else button?.removeAttribute('aria-busy');
  };
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== 'post') return;
    if (form.hasAttribute('data-sent')) { event.preventDefault(); return; }
    form.setAttribute('data-sent', '');
    mark(event.submitter, true);
    wait(form);
    setTimeout(() => release(form), 10000);
  });
  const release = (form) => {
    form.removeAttribute('data-sent');
    for (const button of document.querySelectorAll('[aria-busy="true"]')) if (button.form === form) mark(button, false);
    arrived(form);
  };
  window.addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-sent]')) release(form);
  });

  const sending = new WeakSet();
  const QUIET = new Set([undefined, 'load', 'reload', 'runEnded', 'runsChanged']);
  const isQuiet = (type) => QUIET.has(type) || type === 'rowsMoved';
  const writes = (detail) => (detail.verb || detail.requestConfig?.verb || 'get') !== 'get';
  document.addEventListener('htmx:confirm', (event) => {
    const { elt } = event.detail;  // one with hx-sync says itself what a second request does to the first
    if (writes(event.detail) && sending.has(elt) && !elt.hasAttribute('hx-sync')) event.preventDefault();
  });
  document.addEventListener('htmx:beforeSend', (event) => {
    const { elt, requestConfig, xhr } = event.detail;
    const quiet = isQuiet(requestConfig.triggeringEvent?.type);  // polls have no event
    if (writes(event.detail)) sending.add(elt);
    if (writes(event.detail)) mark(requestConfig.triggeringEvent?.submitter || (elt.matches('button') ? elt : null), true);
    if (!quiet || writes(event.detail)) wait(xhr);
  });
  document.addEventListener('htmx:afterRequest', (event) => {
    const { elt, requestConfig, xhr } = event.detail;
    sending.delete(elt);
    mark(requestConfig?.triggeringEvent?.submitter || elt, false);
    arrived(xhr);
  });

  /* What takes longer than a moment shows a line on top of the page; what polls does not. */
  const waiting = new Map();
  function wait(key) {
    waiting.set(key, setTimeout(() => { document.documentElement.dataset.busy = ''; }, 250));
  }
  function arrived(key) {
    clearTimeout(waiting.get(key));
    waiting.delete(key);
    if (!waiting.size) delete document.documentElement.dataset.busy;
  }

  /* A text area that is one line: Enter sends the form, as in an input. */
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !nearest(event, '[data-one-line]')) return;
    event.preventDefault();
    event.target.form?.requestSubmit();
  });

  /* Enter in a field whose form stands elsewhere, as that of selected rows, would press the first button of that form,
     such as Publish. In a dialog it is the dialog's own button; at the checkbox of a row it is nothing. */
  document.addEventListener('keydown', (event) => {
    const field = nearest(event, 'dialog input[form], .check input[form]');
    if (event.key !== 'Enter' || event.defaultPrevented || event.isComposing || !field) return;
    event.preventDefault();
    const own = `button[form="${field.getAttribute('form')}"]:not([type="button"])`;
    field.closest('dialog')?.querySelector(own)?.click();
  });

  /* A select or checkbox that applies at once where there is script: data-autosubmit -------------------------- */
  document.addEventListener('change', (event) => {
    if (nearest(event, '[data-autosubmit]')) event.target.form.requestSubmit();
  });

  function dress(root) {
    localise(root);
    for (const node of ours(root, '[data-counter-for]')) {
      const field = document.getElementById(node.dataset.counterFor);
      if (field) count(field);
    }
  }

  document.addEventListener('DOMContentLoaded', () => {
    dress(document);
    for (const node of toasts()?.children || []) armToast(node);
    ours(document, '[data-focus]')[0]?.focus();
    setInterval(() => localise(document), 60000);
  });
  document.addEventListener('htmx:afterSettle', () => dress(document));

  window.IGNY8 = { toast, nearest, release };
})();
