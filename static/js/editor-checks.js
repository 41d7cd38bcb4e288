/* The checks of what is in the editor, asked for a moment after the last change; the list, the outline, the links and the
   use of keywords are put in their places, and beside Publish stands how much there is to look at. */
(function () {
  'use strict';
  const { send } = window.IGNY8;
  const form = document.getElementById('editor-form');
  const panel = document.getElementById('panel-checklist');
  const chip = document.getElementById('check-count');
  if (!panel) return;
  const address = panel.getAttribute('hx-get');
  const AFTER = 1500;
  const AGAIN = 6000;
  let timer = null;
  let isBusy = false;
  let shown = '';

  function count({ blocks, advice }) {
    chip.hidden = false;
    chip.dataset.kind = Number(blocks) ? 'blocks' : Number(advice) ? 'advice' : 'fine';
    const toFix = Number(blocks) && ngettext('%(count)s to fix', '%(count)s to fix', Number(blocks));
    const toCheck = Number(advice) && ngettext('%(count)s to check', '%(count)s to check', Number(advice));
    const words = [toFix, toCheck].filter(Boolean).join(', ') || gettext('All checked');
    if (chip.textContent !== words) chip.textContent = words;
  }

  /** Put the parts that belong elsewhere there. */
  function spread() {
    for (const part of panel.querySelectorAll('template[data-goes-to]')) {
      const target = document.querySelector(part.dataset.goesTo);
      const at = [...(target?.querySelectorAll('a') || [])].indexOf(document.activeElement);
      target?.replaceChildren(part.content);
      if (at >= 0) target.querySelectorAll('a')[at]?.focus();
      part.remove();
    }
    const list = panel.querySelector('#checklist');
    if (list) count(list.dataset);
  }

  function put(html) {
    if (html === shown) return;
    shown = html;
    const open = [...panel.querySelectorAll('details')].map((box) => box.open);
    const at = [...panel.querySelectorAll('a')].indexOf(document.activeElement);
    panel.innerHTML = html;
    window.htmx.process(panel);
    spread();
    panel.querySelectorAll('details').forEach((box, number) => { box.open = open[number] || false; });
    if (at >= 0) panel.querySelectorAll('a')[at]?.focus();
  }

  function body() {
    const data = new FormData();
    for (const [name, all] of window.IGNY8_SAVING.values()) for (const value of JSON.parse(all)) data.append(name, value);
    return data;
  }

  const schedule = (after) => { clearTimeout(timer); timer = setTimeout(run, after); };
  async function run() {
    if (isBusy) { schedule(AFTER); return; }
    isBusy = true;
    try {
      const response = await send(address, body(), { 'HX-Request': 'true' }, true);
      if (response.ok) put(await response.text()); else if (response.status !== 404) schedule(AGAIN);
    } catch (away) {
      schedule(AGAIN); // beside Save stands that the server is away
    } finally {
      isBusy = false;
    }
  }

  document.addEventListener('htmx:afterSettle', (event) => {
    if (event.detail.target?.id === 'editor-state') schedule(AFTER); // it may stop a publish now, or no more
    if (event.detail.target !== panel) return;
    shown = '';
    spread();
  });
  form?.addEventListener('touched', () => schedule(AFTER));
})();
