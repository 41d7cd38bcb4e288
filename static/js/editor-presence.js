/* Who else has this open: asked every quarter of a minute, and told by every autosave. Windows that close say so. */
(function () {
  'use strict';
  const { form } = window.IGNY8_EDITOR;
  const { tab } = window.IGNY8_COPY;
  const line = document.getElementById('editor-people');
  const address = document.getElementById('editor-copy').dataset.presence;
  const EVERY = 15000;
  const language = document.documentElement.lang || 'en';
  const list = new Intl.ListFormat(language === 'en' ? 'en-GB' : language);
  let heard = 0;

  function body() {
    const data = new FormData();
    data.append('tab', tab);
    data.append('csrf_token', document.querySelector('meta[name="csrf-token"]').content);
    return data;
  }

  function show({ people, own_tab: isOpenTwice, version }) {
    heard = Date.now();
    const sentences = [];
    if (people.length) {
      sentences.push(ngettext('%(people)s has this open too.', '%(people)s have this open too.', people.length, { people: list.format(people) }));
    }
    if (isOpenTwice) sentences.push(gettext('You have this open in another window too.'));
    if (version > Number(form.querySelector('#version').value)) {
      sentences.push(gettext('It was saved since you opened it: when you save, both are put together.'));
    }
    const words = sentences.join(' ');
    if (line.textContent !== words) line.textContent = words;
    line.hidden = !words;
  }

  async function ask() {
    if (Date.now() - heard < EVERY - 1000) return;
    const response = await fetch(address, { method: 'POST', body: body(), headers: { Accept: 'application/json' } }).catch(() => null);
    if (response?.ok) show(await response.json());
  }
  ask();
  setInterval(ask, EVERY);
  form.addEventListener('kept', (event) => show(event.detail));
  window.addEventListener('pagehide', () => {
    const data = body();
    data.append('leaving', '1');
    navigator.sendBeacon(address, data);
  });
  window.addEventListener('pageshow', (event) => { if (event.persisted) { heard = 0; ask(); } });
})();
