/* Panels beside the text that follow what is typed before it is saved: each is asked for a moment after the last change.
   `data-follows` says how many milliseconds after it; one with `data-at-once` also while it cannot be seen, as it has parts
   elsewhere (templates with `data-goes-to`), or says beside Publish how much there is to look at (`data-blocks`). */
(function () {
  'use strict';
  const { send } = window.IGNY8;
  const form = document.getElementById('editor-form');
  const chip = document.getElementById('check-count');
  const AGAIN = 6000;

  function count({ blocks, advice }) {
    chip.hidden = false;
    chip.dataset.kind = Number(blocks) ? 'blocks' : Number(advice) ? 'advice' : 'fine';
    const toFix = Number(blocks) && ngettext('%(count)s to fix', '%(count)s to fix', Number(blocks));
    const toCheck = Number(advice) && ngettext('%(count)s to check', '%(count)s to check', Number(advice));
    const words = [toFix, toCheck].filter(Boolean).join(', ') || gettext('All checked');
    if (chip.textContent !== words) chip.textContent = words;
  }

  /** Put the parts of a panel that belong elsewhere there. */
  function spread(panel) {
    for (const part of panel.querySelectorAll('template[data-goes-to]')) {
      const target = document.querySelector(part.dataset.goesTo);
      const at = [...(target?.querySelectorAll('a') || [])].indexOf(document.activeElement);
      target?.replaceChildren(part.content);
      if (at >= 0) target.querySelectorAll('a')[at]?.focus();
      part.remove();
    }
    const counted = panel.querySelector('[data-blocks]');
    if (counted) count(counted.dataset);
  }

  function body() {
    const data = new FormData();
    for (const [name, all] of window.IGNY8_SAVING.values()) for (const value of JSON.parse(all)) data.append(name, value);
    return data;
  }

  function follow(panel) {
    const address = panel.getAttribute('hx-get');
    const after = Number(panel.dataset.follows);
    let timer = null;
    let isBusy = false;
    let isOld = false;
    let shown = '';
    const isSeen = () => 'atOnce' in panel.dataset || panel.offsetParent !== null;
    const isTypedIn = () => panel.contains(document.activeElement) && document.activeElement.matches('input');
    const schedule = (wait) => { clearTimeout(timer); timer = setTimeout(run, wait); };

    function put(html) {
      if (html === shown || isTypedIn()) return;
      shown = html;
      const open = [...panel.querySelectorAll('details')].map((box) => box.open);
      const at = [...panel.querySelectorAll('a')].indexOf(document.activeElement);
      panel.innerHTML = html;
      window.htmx.process(panel);
      spread(panel);
      panel.querySelectorAll('details').forEach((box, number) => { box.open = open[number] || false; });
      if (at >= 0) panel.querySelectorAll('a')[at]?.focus();
    }

    async function run() {
      if (!isSeen()) { isOld = true; return; }
      if (isBusy) { schedule(after); return; }
      isBusy = true;
      isOld = false;
      try {
        const response = await send(address, body(), { 'HX-Request': 'true' }, true);
        if (response.ok) put(await response.text()); else if (response.status !== 404) schedule(AGAIN);
      } catch (away) {
        schedule(AGAIN); // beside Save stands that the server is away
      } finally {
        isBusy = false;
      }
    }

    new IntersectionObserver(() => { if (isOld && isSeen()) run(); }).observe(panel);
    document.addEventListener('htmx:afterSettle', (event) => {
      if ('atOnce' in panel.dataset && event.detail.target?.id === 'editor-state') schedule(after); // it may stop a publish now, or no more
      if (event.detail.target !== panel) return;
      shown = '';
      spread(panel);
      if (window.IGNY8_SAVING?.isDirty()) schedule(after); // what came is of the saved text
    });
    form?.addEventListener('touched', () => schedule(after));
  }

  document.querySelectorAll('.editor-panel[data-follows]').forEach(follow);
})();
