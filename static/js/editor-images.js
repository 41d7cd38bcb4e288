/* Images in the text: put there from the list, pasted or dropped. What is pasted is uploaded at once; the text refers to
   it by its hash. */
(function () {
  'use strict';
  const { nearest, send } = window.IGNY8;
  const { form, images, insert } = window.IGNY8_EDITOR;
  const state = document.getElementById('upload-state');
  const byId = (id) => document.getElementById(id);

  document.addEventListener('click', (event) => {
    const button = nearest(event, '#images [data-insert-image]');
    if (!button) return;
    const item = button.closest('.image-item');
    insert(button.dataset.insertImage, button.dataset.imageAddress, byId(button.dataset.imageAlt)?.value || '');
    item.querySelector('form[data-in-text]')?.requestSubmit(); // in the text, it must not stand in the gallery as well
  });

  /** What was typed about the images goes along with a request that draws them anew. */
  function body(file) {
    const data = new FormData();
    for (const field of document.querySelectorAll('[name^="image-"]')) data.append(field.name, field.value);
    data.append('role', 'inline');
    data.append('images', file, file.name);
    return data;
  }

  /** An image that the content has now: known to the text, and listed. */
  function taken(made, region) {
    images.set(made.sha256, made.address);
    window.htmx.swap('#images', region, { swapStyle: 'outerHTML' });
    form.dispatchEvent(new CustomEvent('imagesDrawn'));
    form.dispatchEvent(new CustomEvent('textChanged'));
  }

  /* HugeRTE takes the image out of the text and has it told; its block goes with it. */
  function fail(words) {
    setTimeout(() => document.querySelectorAll('#visual figure.wp-block-image:not(:has(img))').forEach((block) => block.remove()), 50);
    return Promise.reject({ message: words, remove: true });
  }

  /** Upload what HugeRTE found in the text; its address in this app, or a refusal in words. */
  async function upload(blob, progress) {
    const file = new File([blob.blob()], blob.filename() || 'pasted.png', { type: blob.blob().type });
    state.textContent = gettext('Uploading %(name)s…', { name: file.name });
    try {
      progress(10);
      const response = await send(state.dataset.upload, body(file), { Accept: 'application/json' });
      progress(100);
      const answer = await response.json().catch(() => ({}));
      const [made] = answer.images || [];
      if (!made) return fail(answer.problems?.join(' ') || answer.error?.message
        || gettext('The image could not be uploaded and is not in the text. Try it again.'));
      taken(made, answer.region);
      return made.address;
    } catch (failed) {
      return failed.remove ? Promise.reject(failed) : fail(gettext('The server cannot be reached, so the image is not in the text. Paste it again later.'));
    } finally {
      state.textContent = '';
    }
  }

  window.IGNY8_IMAGES = { taken, upload };
})();
