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
  const siteOfPage = () => document.querySelector('meta[name="site"]')?.content || '';
  const FIRST = words.textContent;
  let waiting = null;
  let isPutOff = false;  // what the page sends by itself does not ask again then
  let isTold = false;
  const missed = new Map();  // what the page asked for by itself and did not get: for each element its request

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
    const people = { other: found.email, own: me.dataset.email };
    words.textContent = gettext('%(other)s is signed in now, but this page is of %(own)s. Nothing was sent; sign in as %(own)s to go on.', people);
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
    if (isIn) {
      isPutOff = isTold = false;
      for (const detail of missed.values()) if (!isPoll(detail)) repeat(detail);
      missed.clear();
    }
    if (dialog.open) dialog.close();
    frame.removeAttribute('src');
    waiting?.resolve(isIn);
    waiting = null;
  }

  /** The frame is as high as what stands in it: the dialog scrolls, and nothing lies under an edge of the frame. */
  function fit(page) {
    const main = page.querySelector('main');
    const { scrollY } = page.defaultView;
    const bottoms = [...main.children].map((part) => part.getBoundingClientRect().bottom + scrollY);
    const under = parseFloat(page.defaultView.getComputedStyle(main).paddingBottom);
    const foot = page.querySelector('.public-foot')?.offsetHeight || 0;
    frame.style.height = `${Math.ceil(Math.max(...bottoms) + under + foot)}px`;
  }

  frame.addEventListener('load', async () => {
    let page = null;
    try { page = frame.contentDocument; } catch (foreign) { return; }
    if (page?.querySelector('main')) {
      new page.defaultView.ResizeObserver(() => fit(page)).observe(page.querySelector('main'));
      fit(page);
    }
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
  dialog.addEventListener('close', () => {
    if (waiting) isPutOff = true;
    settle(false);
  });
  dialog.addEventListener('click', (event) => {
    if (!nearest(event, '[data-sign-in-later]')) return;
    toast(gettext('You are signed out. Save again to sign in; nothing on this page is lost.'), 'warning');
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

  /** What the page loads by itself opens no dialog over somebody who reads or types: they are told, once, and asked to
      sign in when they do something. */
  const BY_ITSELF = new Set([undefined, 'load', 'reload', 'runEnded', 'runsChanged', 'rowsMoved', 'toast']);
  const isPoll = ({ elt, requestConfig }) => !requestConfig.triggeringEvent && (elt.getAttribute('hx-trigger') || '').startsWith('every');
  function tell(detail) {
    missed.set(detail.elt, detail);
    if (!isTold && !isPutOff) toast(gettext('You are signed out. Nothing on this page is lost: sign in when you go on.'), 'warning');
    isTold = true;
  }

  /* What HTMX asked for is asked again; a poll goes on by itself. */
  const again = new WeakSet();
  function repeat({ elt, requestConfig, etc }) {
    const { triggeringEvent: event, verb, path, target } = requestConfig;
    if (!elt.isConnected) return;
    again.add(elt);
    if (elt.matches('form') && event?.type === 'submit') {
      elt.requestSubmit(event.submitter?.isConnected ? event.submitter : undefined);
      return;
    }
    const how = { source: elt, swap: etc.swapOverride, values: etc.values, event };
    if (etc.targetOverride) how.target = target;
    window.htmx.ajax(verb, path, how).catch(() => {}); // app.js tells a failure
  }
  document.addEventListener('htmx:beforeOnLoad', (event) => {
    const { elt, requestConfig, etc, xhr } = event.detail;
    const isOld = xhr.status === 400 && xhr.getResponseHeader('X-CSRF-Refused');
    if (xhr.status !== 401 && !isOld) { again.delete(elt); return; }
    if (isOld && again.has(elt)) return; // not a third time
    event.preventDefault();
    if (xhr.status === 401 && BY_ITSELF.has(requestConfig.triggeringEvent?.type)) { tell({ elt, requestConfig, etc }); return; }
    if (isPutOff && !requestConfig.triggeringEvent?.isTrusted) return;
    const asked = (isOld ? token : signIn)();
    asked.then((isIn) => { if (isIn) repeat({ elt, requestConfig, etc }); });
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

  /** POST a body with the token of this page; signs in or renews the token, once, when that is asked for. What a page
      sends by itself does not ask again after a person has put it off. */
  async function send(path, body, headers = {}, isByItself = false) {
    const once = () => fetch(path, { method: 'POST', body, headers: { ...headers, 'HX-Request': 'true', 'X-CSRFToken': meta().content, 'X-Site': siteOfPage() } });
    const response = await once();
    const isOld = response.status === 400 && response.headers.get('X-CSRF-Refused');
    if ((response.status !== 401 && !isOld) || (isByItself && isPutOff)) return response;
    return await (isOld ? token : signIn)() ? once() : response;
  }

  Object.assign(window.IGNY8, { send });
})();
