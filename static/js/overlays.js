/* Menus (<details class="menu">), dialogs (<dialog data-dialog> opened by data-open, or by itself with data-opens), confirmation
   (data-confirm on a form, a button or anything HTMX sends), the navigation, the colour scheme. */
(function () {
  'use strict';
  const { nearest } = window.IGNY8;
  const root = document.documentElement;
  const remember = (key, value) => {
    try {
      if (value) localStorage.setItem(key, value); else localStorage.removeItem(key);
    } catch (blocked) { /* private mode: the choice lasts for this page */ }
  };

  /* Menus ------------------------------------------------------------------------------------------- */
  const openMenus = () => document.querySelectorAll('details.menu[open]');
  const items = (menu) => [...menu.querySelectorAll('.menu-panel a[href], .menu-panel button, .menu-panel input')]
    .filter((node) => node.offsetParent !== null && !node.disabled);

  function closeMenu(menu, giveFocus) {
    menu.open = false;
    delete menu.dataset.wants;
    if (giveFocus) menu.querySelector('summary').focus();
  }

  /* A menu inside something that scrolls would be cut off: lift its panel to the viewport. */
  const floats = (menu) => menu.matches('[data-float], .row-menu');
  function placeMenu(menu) {
    const panel = menu.querySelector('.menu-panel');
    if (!floats(menu) || !panel) return;
    const at = menu.querySelector('summary').getBoundingClientRect();
    panel.style.position = 'fixed';
    panel.style.insetInline = 'auto';
    panel.style.bottom = 'auto';
    panel.style.left = '0';
    const { offsetWidth: width, offsetHeight: height } = panel;
    const below = at.bottom + 4 + height <= window.innerHeight;
    panel.style.top = `${Math.max(8, below ? at.bottom + 4 : at.top - 4 - height)}px`;
    panel.style.left = `${Math.min(Math.max(8, at.right - width), window.innerWidth - width - 8)}px`;
  }

  /* The panel of a row's menu, filled when it is opened first; one that got no answer is filled the next time. */
  function fillMenu(menu, event) {
    const panel = menu.querySelector('.menu-panel') || document.createElement('div');
    panel.className = 'menu-panel';
    menu.append(panel);
    const address = menu.closest('[data-menu]')?.dataset.menu;
    if (!address) return;
    const how = { source: panel, target: panel, swap: 'innerHTML', event };
    window.htmx.ajax('GET', window.IGNY8.ofRow(address, menu.closest('tr')), how).catch(() => {}); // app.js tells a failure
  }

  document.addEventListener('toggle', (event) => {
    const menu = nearest(event, 'details.menu');
    if (menu !== event.target || !menu.open) return;
    for (const other of openMenus()) if (other !== menu && !other.contains(menu)) closeMenu(other, false);
    if (menu.matches('.row-menu:not(:has(.menu-panel > *))')) fillMenu(menu, event);
    placeMenu(menu);
  }, true);
  document.addEventListener('htmx:afterSwap', (event) => {
    const menu = event.detail.target?.closest?.('details.menu[open]');
    if (!menu) return;
    placeMenu(menu);
    if (menu.dataset.wants) items(menu).at(menu.dataset.wants === 'last' ? -1 : 0)?.focus();
    delete menu.dataset.wants;
  });
  document.addEventListener('click', (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) closeMenu(menu, false);
  });
  document.addEventListener('scroll', (event) => {
    for (const menu of openMenus()) {
      if (floats(menu) && !menu.contains(event.target)) closeMenu(menu, false);
    }
  }, true);
  document.addEventListener('keydown', (event) => {
    const menu = nearest(event, 'details.menu');
    if (event.key === 'Escape') {
      const last = menu?.open ? menu : [...openMenus()].pop();
      if (last) { event.preventDefault(); closeMenu(last, true); } else closeNavigation();
      return;
    }
    if (!menu?.open || !['ArrowDown', 'ArrowUp', 'Home', 'End'].includes(event.key)) return;
    if (event.target.matches('input, textarea, select')) return;
    const all = items(menu);
    event.preventDefault();
    if (!all.length) { // they are on their way
      menu.dataset.wants = ['ArrowUp', 'End'].includes(event.key) ? 'last' : 'first';
      return;
    }
    const at = all.indexOf(document.activeElement);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    all[(next + all.length) % all.length].focus();
  });

  /* Dialogs ------------------------------------------------------------------------------------------- */
  function openDialog(dialog) {
    if (dialog.open) return;
    dialog.showModal();
    (dialog.querySelector('[data-autofocus]') || dialog.querySelector('input:not([type="hidden"]), select, textarea'))
      ?.focus();
  }
  document.addEventListener('click', (event) => {
    const opener = nearest(event, '[data-open]');
    const dialog = opener && document.getElementById(opener.dataset.open);
    if (dialog) { event.preventDefault(); openDialog(dialog); return; }
    const close = nearest(event, '[data-close]');
    if (close) { event.preventDefault(); close.closest('dialog')?.close(); return; }
    if (nearest(event, 'dialog[data-dialog]') === event.target) event.target.close();
  });
  function openByItself(part) {
    const dialog = part?.querySelector?.('dialog[data-opens]:not([open])');
    if (dialog) openDialog(dialog);
  }
  document.addEventListener('DOMContentLoaded', () => openByItself(document)); // a form that came back as a whole page
  document.addEventListener('htmx:afterSwap', (event) => openByItself(event.detail.target));
  /* A form inside a dialog that was sent and accepted closes it; one that came back with errors stays, as does one with data-stays. */
  document.addEventListener('htmx:afterRequest', (event) => {
    const dialog = event.detail.elt.closest?.('dialog[data-dialog]');
    const stays = event.detail.elt.matches?.('[data-stays]');
    const { xhr, successful, requestConfig } = event.detail; // app.js has fragments with errors count as successful
    if (dialog?.open && successful && xhr.status < 400 && requestConfig.verb !== 'get' && !stays) dialog.close();
  });

  /* Confirmation --------------------------------------------------------------------------------------- */
  function confirmDialog({ confirm, confirmBody, confirmAction, confirmDanger }) {
    const dialog = document.getElementById('confirm');
    if (!dialog) return Promise.resolve(window.confirm(confirm));
    const button = dialog.querySelector('[value="yes"]');
    dialog.querySelector('[data-confirm-title]').textContent = confirm;
    const body = dialog.querySelector('[data-confirm-text]');
    body.textContent = confirmBody || '';
    body.hidden = !confirmBody;
    button.textContent = confirmAction || gettext('Continue');
    button.classList.toggle('btn-danger', confirmDanger !== undefined);
    button.classList.toggle('btn-primary', confirmDanger === undefined);
    dialog.returnValue = '';
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
    });
  }

  /* What a button asks before it takes more rows than are ticked in sight: data-confirm-all when none is selected, #
     being the list's data-waiting in words, and data-confirm-matching when all that match are, # being their number;
     data-confirm-ticked, # being the number of those that are ticked.
     data-costs adds the credits that the batch bar tells (data-batch-each). */
  function aboutMany(button) {
    const area = button?.form?.closest('[data-selectable]');
    if (!area) return null;
    const isMatching = button.form.elements.all_matching?.value === '1';
    const ticked = isMatching ? 0 : area.querySelectorAll('td.check > input:checked').length;
    const isNone = !isMatching && !ticked;
    const { confirmMatching, confirmTicked, confirmAll } = button.dataset;
    const words = isMatching ? confirmMatching : ticked ? confirmTicked : confirmAll;
    const { waiting, total, more, waitingMore } = area.querySelector(isMatching ? '[data-total]' : '[data-waiting]')?.dataset || {};
    const plus = !ticked && (isMatching ? more : waitingMore) !== undefined ? '+' : '';
    const count = ticked || Number((isMatching ? total : waiting) || 0);
    if (!words || !count) return null;
    const { one, many } = button.form.dataset;
    const rows = `${localNumber(count)}${plus} ${count === 1 ? one : many}`;
    const price = button.dataset.costs !== undefined && button.form.querySelector('[data-batch-each]')?.dataset;
    const credits = price && Math.ceil(count / Number(price.batchPer || 1)) * Number(price.batchEach);
    const cost = credits ? ngettext('About %(count)s credit.', 'About %(count)s credits.', credits, { count: localNumber(credits) + plus }) : '';
    const confirmBody = [cost, button.dataset.confirmBody].filter(Boolean).join(' ');
    const confirmAction = button.dataset.confirmAction || button.textContent.replace(/\(.*\)/, '').trim();
    return { isNone, confirm: words.replace('#', rows), confirmAction, confirmBody, confirmDanger: button.dataset.confirmDanger };
  }
  /* What a button says that would take all that wait, when none is selected and none waits (data-none-waits). */
  function noneWaits(button) {
    const area = button?.dataset.noneWaits && button.form?.closest('[data-selectable]');
    const isAll = area && button.form.elements.all_matching?.value !== '1' && !area.querySelector('td.check > input:checked');
    return isAll && area.querySelector('[data-waiting="0"]') ? button.dataset.noneWaits : '';
  }
  const asker = (node, submitter) => [submitter, node].find((one) => one?.dataset?.confirm)?.dataset;
  document.addEventListener('htmx:confirm', (event) => {
    const { elt, triggeringEvent } = event.detail;
    const question = aboutMany(triggeringEvent?.submitter || elt) || asker(elt, triggeringEvent?.submitter);
    if (!question) return;
    event.preventDefault();
    confirmDialog(question).then((yes) => { if (yes) event.detail.issueRequest(true); });
  });
  const sendsByHtmx = (node) => node?.matches?.('[hx-post], [hx-put], [hx-patch], [hx-delete], [hx-get]');
  const agreed = new WeakSet();
  document.addEventListener('submit', (event) => {
    const form = event.target;
    const words = noneWaits(event.submitter);
    if (words) {
      event.preventDefault();
      event.stopPropagation();
      window.IGNY8.toast(words);
      return;
    }
    const many = aboutMany(event.submitter);
    const question = many || asker(form, event.submitter);
    if (!question || sendsByHtmx(form) || sendsByHtmx(event.submitter) || agreed.delete(form)) return;
    event.preventDefault();
    event.stopPropagation();
    confirmDialog(question).then((yes) => {
      if (!yes) return;
      agreed.add(form);
      if (many?.isNone) form.elements.on_all.value = 'yes';
      form.requestSubmit(event.submitter);
    });
  }, true);

  /* Navigation ------------------------------------------------------------------------------------------- */
  function closeNavigation() {
    const side = document.getElementById('side');
    if (!side?.classList.contains('open')) return;
    side.classList.remove('open');
    document.querySelector('[data-nav-open]')?.focus();
  }
  document.addEventListener('click', (event) => {
    if (nearest(event, '[data-nav-open]')) {
      event.preventDefault();
      const side = document.getElementById('side');
      side.classList.add('open');
      side.querySelector('a, button, summary')?.focus();
    } else if (nearest(event, '[data-nav-close]')) {
      event.preventDefault();
      closeNavigation();
    } else if (nearest(event, '[data-nav-slim]')) {
      const slim = root.dataset.nav !== 'slim';
      if (slim) root.dataset.nav = 'slim'; else delete root.dataset.nav;
      remember('igny8-nav', slim ? 'slim' : '');
      showChoices();
    }
  });

  /* Colour scheme ------------------------------------------------------------------------------------------ */
  function showChoices() {
    const scheme = root.dataset.scheme || 'system';
    for (const button of document.querySelectorAll('[data-set-scheme]')) {
      button.setAttribute('aria-pressed', String(button.dataset.setScheme === scheme));
    }
    const slim = root.dataset.nav === 'slim';
    document.querySelector('[data-nav-slim]')?.setAttribute('aria-expanded', String(!slim));
    for (const link of document.querySelectorAll('.side-scroll .side-link')) { // a slim navigation shows icons alone
      const label = link.querySelector('.label');
      if (label) link.title = slim ? label.textContent : '';
    }
  }
  document.addEventListener('click', (event) => {
    const button = nearest(event, '[data-set-scheme]');
    if (!button) return;
    const scheme = button.dataset.setScheme;
    if (scheme === 'system') delete root.dataset.scheme; else root.dataset.scheme = scheme;
    remember('igny8-scheme', scheme === 'system' ? '' : scheme);
    showChoices();
    document.dispatchEvent(new CustomEvent('schemeChanged'));
  });
  document.addEventListener('DOMContentLoaded', showChoices);
})();
