/* Choosing models: rows that are not needed yet stay away, move up and out; each lists the models of its provider. */
(() => {
  const list = document.querySelector('[data-ordered]');
  if (!list) return;
  const rows = () => [...list.querySelectorAll('.ai-row')];
  const provider = (row) => row.querySelector('select');
  const model = (row) => row.querySelector('input');
  const more = list.querySelector('[data-more]');

  /** The models of the provider that is chosen, and its own one when none is typed; the installation's is not chosen. */
  function fit(row, isNew) {
    const chosen = provider(row).selectedOptions[0];
    const input = model(row);
    const fixed = chosen.dataset.fixed;
    input.setAttribute('list', chosen.dataset.model === undefined ? 'models-all' : `models-${chosen.value}`);
    input.readOnly = fixed !== undefined;
    input.hidden = !chosen.value;
    if (fixed !== undefined) input.value = fixed;
    else if (isNew) input.value = chosen.dataset.model || '';
  }

  function count() {
    const shown = rows().filter((row) => !row.hidden);
    shown.forEach((row, at) => {
      row.querySelector('.ai-rank').textContent = String(at + 1);
      row.querySelector('[data-up]').hidden = at === 0;
      row.querySelector('[data-out]').hidden = shown.length === 1;
    });
    more.hidden = shown.length === rows().length;
  }

  list.addEventListener('change', (event) => {
    if (event.target.matches('select')) fit(event.target.closest('.ai-row'), true);
  });
  list.addEventListener('click', (event) => {
    const row = event.target.closest('.ai-row');
    if (event.target.closest('[data-up]')) {
      row.previousElementSibling.before(row);
      row.querySelector('[data-up]').focus();
    } else if (event.target.closest('[data-out]')) {
      provider(row).value = '';
      fit(row, true);
      row.hidden = true;
      rows().at(-1).after(row);
    } else if (event.target.closest('[data-more]')) {
      const next = rows().find((one) => one.hidden);
      next.hidden = false;
      provider(next).focus();
    } else return;
    count();
  });
  for (const row of rows()) {
    row.hidden = row.hasAttribute('data-spare');
    fit(row, false);
  }
  count();
})();
