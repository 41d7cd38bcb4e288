/* The dialogs of the text: link (by search over the site's contents, or an address), video or embed, image library. */
(function () {
  'use strict';
  const { nearest, send, toast } = window.IGNY8;
  const { goBack } = window.IGNY8_INSERT;
  const byId = (id) => document.getElementById(id);
  const link = byId('link-dialog');
  const embed = byId('embed-dialog');
  const library = byId('library-dialog');
  const ADDRESS = /^(?:https?:\/\/|mailto:|tel:|\/|#)\S+$|^[\w-]+(?:\.[\w-]+)+(?:\/\S*)?$/i;
  const editor = () => window.hugerte.get()[0];
  const anchor = () => editor().dom.getParent(editor().selection.getNode(), 'a[href]');

  /** Close a dialog, and go on in the text where the caret was. */
  function leave(dialog, act) {
    dialog.close();
    goBack();
    act?.();
  }

  /* Link ------------------------------------------------------------------------------------------------- */
  function openLink() {
    const present = anchor();
    const field = byId('link-search');
    field.value = present?.getAttribute('href') || '';
    byId('link-results').replaceChildren();
    link.querySelector('[data-unlink]').hidden = !present;
    link.showModal();
    field.select();
    field.dispatchEvent(new Event('opened'));
  }
  function apply(address, title) {
    leave(link, () => {
      const present = anchor();
      editor().undoManager.transact(() => {
        if (present) editor().dom.setAttrib(present, 'href', address);
        else if (editor().selection.isCollapsed()) editor().insertContent(editor().dom.createHTML('a', { href: address }, editor().dom.encode(title || address)));
        else editor().execCommand('mceInsertLink', false, { href: address });
      });
    });
  }
  function typed() {
    const value = byId('link-search').value.trim();
    const first = link.querySelector('[data-link-to]');
    if (ADDRESS.test(value)) apply(/^[\w-]+\./.test(value) ? `https://${value}` : value, '');
    else if (first) first.click();
    else toast(gettext('Paste an address, or search for words of a title that is live.'), 'warning');
  }
  link.addEventListener('click', (event) => {
    const target = nearest(event, '[data-link-to]');
    if (target) apply(target.dataset.linkTo, target.querySelector('strong').textContent);
    else if (nearest(event, '[data-unlink]')) leave(link, () => editor().execCommand('unlink'));
    else if (nearest(event, '[data-apply]')) typed();
  });

  /* Embed ---------------------------------------------------------------------------------------------------- */
  function putEmbed() {
    const field = byId('embed-address');
    const { known, ofCode } = window.IGNY8_EMBEDS;
    const address = known(field.value) || ofCode(field.value);
    byId('embed-problem').hidden = address !== null;
    if (!address) { field.focus(); return; }
    leave(embed, () => window.IGNY8_EDITOR.embed(address));
  }
  embed.addEventListener('click', (event) => { if (nearest(event, '[data-apply]')) putEmbed(); });

  /* Images: from this computer, from the library ------------------------------------------------------------- */
  byId('insert-images').addEventListener('change', async (event) => {
    const files = [...event.target.files];
    event.target.value = '';
    for (const file of files) {
      const blob = { blob: () => file, filename: () => file.name };
      try {
        const address = await window.IGNY8_IMAGES.upload(blob, () => {});
        const hash = [...window.IGNY8_EDITOR.images].find(([, other]) => other === address)[0];
        window.IGNY8_EDITOR.insert(hash, address, '');
      } catch (refused) { toast(refused.message, 'error'); }
    }
  });
  library.addEventListener('click', async (event) => {
    const chosen = nearest(event, '[data-take-image]');
    if (!chosen) return;
    const response = await send(chosen.dataset.takeImage, new FormData(), { Accept: 'application/json' }).catch(() => null);
    const answer = await response?.json().catch(() => ({}));
    const [made] = answer?.images || [];
    if (!made) { toast(answer?.problems?.join(' ') || answer?.error?.message || gettext('The image could not be taken. Try it again.'), 'error'); return; }
    window.IGNY8_IMAGES.taken(made, answer.region);
    leave(library, () => window.IGNY8_EDITOR.insert(made.sha256, made.address, chosen.dataset.alt));
  });

  /* Keys: Enter does what was typed, arrows go through what was found; closing leads back to the text ------------- */
  for (const dialog of [link, embed, library]) {
    dialog.addEventListener('keydown', (event) => {
      const found = [...dialog.querySelectorAll('[data-link-to], [data-take-image]')];
      if (event.key === 'Enter' && event.target.matches('input')) {
        event.preventDefault();
        if (dialog === link) typed(); else if (dialog === embed) putEmbed(); else found[0]?.click();
      }
      if (!['ArrowDown', 'ArrowUp'].includes(event.key) || !found.length) return;
      event.preventDefault();
      const at = found.indexOf(document.activeElement) + (event.key === 'ArrowDown' ? 1 : -1);
      if (at < 0) dialog.querySelector('input').focus(); else found[Math.min(at, found.length - 1)].focus();
    });
    dialog.addEventListener('cancel', () => setTimeout(goBack));
    dialog.addEventListener('click', (event) => { if (nearest(event, '[data-close]')) setTimeout(goBack); });
  }

  function open(name) {
    if (name === 'link-dialog') { openLink(); return; }
    const dialog = byId(name);
    const field = dialog.querySelector('input');
    field.value = '';
    byId('embed-problem').hidden = true;
    dialog.showModal();
    field.focus();
    field.dispatchEvent(new Event('opened'));
  }
  window.IGNY8_DIALOGS = { open };
})();
