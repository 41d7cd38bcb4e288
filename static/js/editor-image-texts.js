/* Alternative text, caption and title of an image, in a small panel where it stands in the text. What the list of images
   says of the same image follows, and the other way round as long as both say the same. */
(function () {
  'use strict';
  const { nearest } = window.IGNY8;
  const { form, images } = window.IGNY8_EDITOR;
  const GAP = 6;
  const panel = document.getElementById('image-panel');
  const visual = document.getElementById('visual');
  const fieldOf = (name) => panel.querySelector(`[data-image-text="${name}"]`);
  const fields = ['alt', 'caption', 'title'].map(fieldOf);
  const help = panel.querySelector('[data-caption-help]');
  let editor = null;
  let image = null;

  /* An image in the text: what it says, and how that is changed -------------------------------------------------- */
  const figureOf = (node) => node.closest('figure');
  const captionOf = (node) => figureOf(node)?.querySelector('figcaption');
  const TEXTS = {
    alt: { read: (node) => node.getAttribute('alt') || '', write: (node, value) => node.setAttribute('alt', value) },
    caption: { read: (node) => captionOf(node)?.textContent.trim() || '', write: writeCaption },
  };
  function writeCaption(node, value) {
    const figure = figureOf(node);
    const caption = captionOf(node);
    if (caption && value) caption.textContent = value;
    else if (caption) caption.remove();
    else if (figure && value) {
      const added = document.createElement('figcaption');
      added.textContent = value;
      if (figure.classList.contains('wp-block-image')) added.className = 'wp-element-caption';
      figure.append(added);
    }
  }
  const TITLE = {
    read: (node) => node.getAttribute('title') || '',
    write: (node, value) => { if (value) node.setAttribute('title', value); else node.removeAttribute('title'); },
  };

  /* The same image in the list ------------------------------------------------------------------------------------ */
  function itemOf(node) {
    const [hash] = [...images].find(([, address]) => address === node.getAttribute('src')) || [];
    return hash ? document.querySelector(`#images [data-insert-image="${hash}"]`)?.closest('.image-item') : null;
  }
  const listed = (item, name) => item?.querySelector(`[name="${item.id}-${name}"]`);
  const textOf = (node, name, item) => TEXTS[name] || (item ? null : TITLE); // in the library a title is no attribute

  /** What the text says; what the list says besides is shown in grey. */
  function fill(field) {
    const item = itemOf(image);
    const name = field.dataset.imageText;
    const text = name === 'caption' && !figureOf(image) ? null : textOf(image, name, item);
    const inList = listed(item, name)?.value || '';
    field.value = text ? text.read(image) : inList;
    field.placeholder = text ? inList : '';
  }

  function take(field) {
    const name = field.dataset.imageText;
    const item = itemOf(image);
    const inList = listed(item, name);
    textOf(image, name, item)?.write(image, field.value);
    if (inList) {
      inList.value = field.value;
      inList.dispatchEvent(new CustomEvent('input', { bubbles: true, detail: { isFromText: true } }));
      said.set(inList, field.value);
    }
    form.dispatchEvent(new CustomEvent('textChanged'));
  }

  /* What is typed in the list goes to the text, where both said the same. */
  const said = new WeakMap();
  document.addEventListener('input', (event) => {
    const item = nearest(event, '#images .image-item');
    const name = item && /-(alt|caption)$/.exec(event.target.name)?.[1];
    if (!name || event.detail?.isFromText || !editor) return;
    const before = said.get(event.target) ?? event.target.defaultValue;
    said.set(event.target, event.target.value);
    for (const node of visual.querySelectorAll('img')) {
      if (itemOf(node) === item && TEXTS[name].read(node) === before && !captionOf(node)?.children.length) {
        TEXTS[name].write(node, event.target.value);
        form.dispatchEvent(new CustomEvent('textChanged'));
      }
    }
  });

  /* The panel ------------------------------------------------------------------------------------------------------ */
  function place() {
    const [box, around] = [figureOf(image) || image, panel.offsetParent].map((node) => node.getBoundingClientRect());
    panel.style.top = `${box.bottom - around.top + GAP}px`;
  }
  function show(node) {
    image = node;
    fields.forEach(fill);
    const isFormatted = Boolean(captionOf(node)?.children.length);
    const hasPlace = Boolean(figureOf(node)) || Boolean(itemOf(node));
    fieldOf('caption').readOnly = isFormatted || !hasPlace;
    const why = hasPlace ? '' : gettext('An image within a line has none.');
    help.textContent = isFormatted ? gettext('It has links or styles: change it in the text.') : why;
    panel.querySelector('[data-image-list]').hidden = !itemOf(node);
    panel.hidden = false;
    place();
  }
  function hide() {
    panel.hidden = true;
    image = null;
  }
  function look() {
    if (panel.contains(document.activeElement)) return;
    const node = editor.selection.getNode();
    if (node.nodeName === 'IMG' && visual.contains(node) && node.isContentEditable) { if (node !== image) show(node); } else hide();
  }
  function goBack() {
    const node = image;
    editor.focus();
    if (node?.isConnected) editor.selection.select(node);
    hide();
  }

  panel.addEventListener('input', (event) => { if (image?.isConnected) take(event.target); });
  panel.addEventListener('change', () => editor.undoManager.add());
  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' && event.key !== 'Enter') return;
    if (!event.target.matches('input') && event.key === 'Enter') return;
    event.preventDefault();
    event.stopPropagation();
    editor.undoManager.add();
    goBack();
  });
  panel.addEventListener('click', (event) => {
    if (!nearest(event, '[data-image-list]')) return;
    const item = itemOf(image);
    window.IGNY8_SIDE.reveal(item);
    item.scrollIntoView({ block: 'center' });
    listed(item, 'alt').focus({ preventScroll: true });
    hide();
  });
  panel.addEventListener('focusout', (event) => {
    if (event.relatedTarget && !panel.contains(event.relatedTarget) && event.relatedTarget !== visual) hide();
  });
  form.addEventListener('editorReady', () => {
    [editor] = window.hugerte.get();
    editor.on('NodeChange', look);
    editor.on('keydown', (event) => {
      if (event.key !== 'Enter' || !event.altKey || panel.hidden) return;
      event.preventDefault();
      event.stopImmediatePropagation(); // it would be a new paragraph
      fieldOf('alt').select();
    }, true);
    new ResizeObserver(() => { if (image?.isConnected) place(); }).observe(visual);
  });
})();
