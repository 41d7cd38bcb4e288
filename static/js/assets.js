/* Files of a site: what is chosen or dropped is uploaded at once, one file after the other, and the list comes anew. */
(() => {
  'use strict';
  const form = document.querySelector('[data-upload-each]');
  if (!form) return;
  const input = form.querySelector('input[type="file"]');
  const bar = form.querySelector('[data-upload-progress]');
  const words = form.querySelector('[data-upload-problems]');
  const button = form.querySelector('button');
  button.hidden = true;

  const send = async (file) => {
    const body = new FormData();
    form.querySelectorAll('input[type="hidden"]').forEach((field) => body.append(field.name, field.value));
    body.append('files', file);
    const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'application/json' } });
    const told = await answer.json().catch(() => null);
    if (told?.problems) return told.problems;
    return [gettext('“%(name)s” could not be uploaded. Try again.', { name: file.name })];
  };

  input.addEventListener('change', async () => {
    const files = [...input.files];
    if (!files.length) return;
    const problems = [];
    Object.assign(bar, { hidden: false, max: files.length, value: 0 });
    for (const file of files) {
      problems.push(...await send(file).catch(() => [
        gettext('“%(name)s” could not be uploaded. Try again.', { name: file.name }),
      ]));
      bar.value += 1;
    }
    bar.hidden = true;
    input.value = '';
    words.hidden = !problems.length;
    words.textContent = problems.join(' ');
    if (problems.length === files.length) return;
    if (problems.length) window.sessionStorage.setItem('igny8-upload-problems', problems.join(' '));
    window.location.reload();
  });

  const before = window.sessionStorage.getItem('igny8-upload-problems');
  window.sessionStorage.removeItem('igny8-upload-problems');
  if (before) {
    words.hidden = false;
    words.textContent = before;
  }
})();
