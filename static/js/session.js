/* When the session has ended, the person signs in over the page, which stays as it is, and what was asked is asked again.
   The log-in page stands in a frame: password, second factor and refusals are its own. Where somebody else signs in,
   nothing is sent. Exposes window.IGNY8.send(), a POST that does the same. */
(function () {
  'use strict';
  const { nearest, release, toast } = window.IGNY8;
  const dialog = document.getElementById('sign-in-again');
  const me = document.querySelector('meta[name="person"]');
  if (!dialog || !me) return;
  const frame = dialog.querySelector('iframe');
  const words = dialog.querySelector('[data-sign-in-words]');
  const other = dialog.querySelector('[data-sign-in-other]');
  const meta = () => document.querySelector('meta[name="csrf-token"]');
  const FIRST = words.textContent;
  let waiting = null;
  let isPutOff = false;  // polls do not ask again then

  /** Who a page of ours was made for, and its token; null when it is not of a signed-in person. */
  function said(page) {
    const person = page.querySelector('meta[name="person"]');
    if (!person) return null;
    return { id: person.content, account: person.dataset.account, email: person.dataset.email,
      token: page.querySelector('meta[name="csrf-token"]').content };
  }

  function take(token) {
    meta().content = token;
    for (const field of document.querySelectorAll('input[name="csrf_token"]')) field.value = token;
  }

  async function ask() {
    const response = await fetch(frame.dataset.signedIn, { headers: { 'HX-Request': 'true' } });
    return response.ok ? said(new DOMParser().parseFromString(await response.text(), 'text/html')) : null;
  }

  function post(path, token) {
    return fetch(path, { method: 'POST', headers: { 'X-CSRFToken': token, 'HX-Request': 'true' } });
  }

  /** Take the session over when it is this page's person, in this page's account. */
  async function join(found) {
    if (found.id !== me.content) return false;
    if (found.account !== me.dataset.account) {
      const switched = await post(`/accounts/${encodeURIComponent(me.dataset.account)}/switch/`, found.token);
      const now = switched.ok ? await ask() : null;
      if (now?.account !== me.dataset.account) return false;
      take(now.token);
    } else take(found.token);
    return true;
  }

  function refuse(found) {
    words.textContent = `${found.email} is signed in now, but this page is of ${me.dataset.email}. Nothing was sent; `
      + `sign in as ${me.dataset.email} to go on.`;
    frame.hidden = true;
    other.hidden = false;
    other.dataset.token = found.token;
  }

  function open() {
    words.textContent = FIRST;
    frame.hidden = false;
    other.hidden = true;
    frame.src = frame.dataset.signIn;
    if (!dialog.open) dialog.showModal();
  }

  function settle(isIn) {
    if (isIn) isPutOff = false;
    if (dialog.open) dialog.close();
    frame.removeAttribute('src');
    waiting?.resolve(isIn);
    waiting = null;
  }

  frame.addEventListener('load', async () => {
    let page = null;
    try { page = frame.contentDocument; } catch (foreign) { return; }
    if (!waiting || !page || page.location.pathname !== frame.dataset.signedIn) {
      page?.querySelector('[autofocus]')?.focus();
      return;
    }
    const found = said(page);
    if (!found) return;
    if (await join(found)) settle(true); else refuse(found);
  });
  other.addEventListener('click', async () => {
    await post('/logout', other.dataset.token);
    open();
  });
  dialog.addEventListener('close', () => settle(false));
  dialog.addEventListener('click', (event) => {
    if (!nearest(event, '[data-sign-in-later]')) return;
    toast('You are signed out. Save again to sign in; nothing on this page is lost.', 'warning');
    isPutOff = true;
    settle(false);
  });

  /** Have the person sign in; true when it is the same one. The token of this page is then the new session's. */
  function signIn() {
    if (!waiting) {
      waiting = {};
      waiting.promise = new Promise((resolve) => { waiting.resolve = resolve; });
      open();
    }
    return waiting.promise;
  }

  /** After an answer that refused the token: true when this page has one that holds now. */
  async function token() {
    const found = await ask();
    if (!found) return signIn();
    if (await join(found)) return true;
    const later = signIn();
    refuse(found);
    return later;
  }

  /* What HTMX asked for is asked again; a poll goes on by itself. */
  const again = new WeakSet();
  function repeat({ elt, requestConfig }) {
    const event = requestConfig.triggeringEvent;
    if (!event || !elt.isConnected) return;
    again.add(elt);
    if (elt.matches('form') && event.type === 'submit') elt.requestSubmit(event.submitter?.isConnected ? event.submitter : undefined);
    else window.htmx.ajax(requestConfig.verb, requestConfig.path, { source: elt });
  }
  document.addEventListener('htmx:beforeOnLoad', (event) => {
    const { elt, requestConfig, xhr } = event.detail;
    const isOld = xhr.status === 400 && xhr.getResponseHeader('X-CSRF-Refused');
    if (xhr.status !== 401 && !isOld) { again.delete(elt); return; }
    if (isOld && again.has(elt)) return; // not a third time
    event.preventDefault();
    if (isPutOff && !requestConfig.triggeringEvent?.isTrusted) return;
    const asked = (isOld ? token : signIn)();
    asked.then((isIn) => { if (isIn) repeat({ elt, requestConfig }); });
  });

  /* A plain form that somebody was long about is sent when the session is known to go on: its page would be gone with
     what was typed. On window, so after everything else that may stop or ask. */
  const LONG = 60000;
  let heard = Date.now();
  document.addEventListener('htmx:afterRequest', (event) => { if (event.detail.successful) heard = Date.now(); });
  function submit(form, submitter) {
    if (submitter?.hasAttribute('formaction')) form.action = submitter.formAction;
    if (submitter?.name) {
      const pressed = Object.assign(document.createElement('input'), { type: 'hidden', name: submitter.name, value: submitter.value });
      form.append(pressed);
    }
    HTMLFormElement.prototype.submit.call(form);
  }
  window.addEventListener('submit', async (event) => {
    const { target: form, submitter } = event;
    const method = submitter?.getAttribute('formmethod') || form.getAttribute('method');
    const isShort = Date.now() - heard < LONG;
    if (event.defaultPrevented || isShort || method !== 'post' || form.matches('[action="/logout"]')) return;
    event.preventDefault();
    const isIn = await token().catch(() => true); // no answer: the browser tells it
    if (isIn && form.isConnected) { submit(form, submitter); return; }
    release(form);
    if (form.matches('[data-unsaved]')) form.setAttribute('data-dirty', '');
  });

  /* Whoever signs out leaves no texts behind in this browser. */
  document.addEventListener('submit', (event) => {
    if (!nearest(event, 'form[action="/logout"]')) return;
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith('igny8-copy:')) localStorage.removeItem(key);
    } catch (blocked) { /* nothing was kept */ }
  });

  /** POST a body with the token of this page; signs in or renews the token, once, when that is asked for. */
  async function send(path, body, headers = {}) {
    const once = () => fetch(path, { method: 'POST', body, headers: { ...headers, 'HX-Request': 'true', 'X-CSRFToken': meta().content } });
    const response = await once();
    const isOld = response.status === 400 && response.headers.get('X-CSRF-Refused');
    if (response.status !== 401 && !isOld) return response;
    return await (isOld ? token : signIn)() ? once() : response;
  }

  Object.assign(window.IGNY8, { send });
})();
