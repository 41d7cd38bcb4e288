/* The content editor: HugeRTE inside the page for visual editing, the plain text field for source. The text field
   is what is sent; without script it is all there is. Fires textChanged and editorReady at the form. */
(function () {
  'use strict';
  const { nearest } = window.IGNY8;
  const { pasted } = window.IGNY8_FOREIGN;
  const { MARK, embedPiece, opaque, toVisual, toText } = window.IGNY8_BLOCKS;
  const { insertBlocks, blockOf, isBlank } = window.IGNY8_INSERT;
  const byId = (id) => document.getElementById(id);
  const form = byId('editor-form');
  const source = byId('content');
  const visual = byId('visual');
  const label = byId('content-label');
  const images = new Map(Object.entries(JSON.parse(byId('content-images').textContent)));
  let { pieces, blocks } = JSON.parse(byId('content-pieces').textContent);
  let baseline = {};
  let editor = null;
  let mode = 'source';
  let synced = source.value;
  let isSynced = false; // the text is read from the visual editor once after each change in it, as that takes long
  let written = new WeakMap(); // what top-level nodes were read as; those that change are read anew
  const seen = new MutationObserver((records) => changedNodes(records));

  const remembered = () => {
    try { return localStorage.getItem('igny8-editor') || 'visual'; } catch (blocked) { return 'visual'; }
  };
  const remember = (value) => {
    try { localStorage.setItem('igny8-editor', value); } catch (blocked) { /* for this page only */ }
  };
  const changed = () => form.dispatchEvent(new CustomEvent('textChanged'));

  const resolve = (html) => html.replace(/igny8-image:([0-9a-f]{64})/g, (all, hash) => images.get(hash) || all);
  function stored(html) {
    let text = html;
    for (const [hash, address] of images) text = text.replaceAll(`"${address}"`, `"igny8-image:${hash}"`);
    return text;
  }

  /** What is needed to show the text: its site's address, and the images of the app that may stand in it. */
  const place = () => ({ site: visual.dataset.site, own: new Set(images.values()), resolve });

  /* Visual to text ------------------------------------------------------------------------------------ */
  function changedNodes(records) {
    if (records.length) isSynced = false;
    for (const { target } of records) {
      for (let node = target; node && node !== visual; node = node.parentNode) written.delete(node);
    }
  }

  function read(node) {
    const known = written.get(node);
    if (known?.images === images.size) return known.html;
    const html = stored(editor.serializer.serialize(node, { format: 'html' }));
    written.set(node, { html, images: images.size });
    return html;
  }

  function nodes() {
    return [...editor.getBody().children].filter((node) => !node.matches('[data-mce-bogus]')).map((node) => {
      const mark = node.getAttribute(MARK);
      return { index: mark === null || !pieces[Number(mark)] ? null : Number(mark), html: read(node), tag: node.tagName };
    });
  }

  function fillVisual() {
    editor.setContent(toVisual(pieces, place()));
    baseline = {};
    isSynced = false;
    written = new WeakMap();
    for (const node of nodes()) if (node.index !== null) baseline[node.index] = { html: node.html, tag: node.tag };
    editor.undoManager.clear();
  }

  function sync() {
    if (mode !== 'visual' || !editor) return;
    changedNodes(seen.takeRecords());
    if (isSynced) return;
    const text = toText(pieces, nodes(), baseline, blocks);
    seen.takeRecords(); // what reading itself leaves there
    isSynced = true;
    if (text !== synced) {
      source.value = text;
      synced = text;
    }
  }

  async function readPieces(value) {
    const response = await window.IGNY8.send('/content/blocks/', value, { 'Content-Type': 'text/plain;charset=utf-8' });
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  }

  /* Modes ------------------------------------------------------------------------------------------------ */
  function show(next) {
    mode = next;
    const isVisual = next === 'visual';
    visual.hidden = !isVisual;
    source.hidden = isVisual;
    byId('editor-tools').hidden = !isVisual;
    if (isVisual) {
      label.removeAttribute('for');
      visual.setAttribute('aria-labelledby', label.id);
    } else {
      visual.removeAttribute('aria-labelledby');
      label.htmlFor = 'content';
    }
    for (const button of document.querySelectorAll('[data-editor-mode]')) {
      button.setAttribute('aria-pressed', String(button.dataset.editorMode === next));
    }
  }

  async function switchTo(next) {
    if (next === mode || !editor) return;
    if (next === 'source') {
      sync();
      show('source');
      source.focus();
    } else {
      try {
        if (source.value !== synced) {
          ({ pieces, blocks } = await readPieces(source.value));
          synced = source.value;
          fillVisual();
        }
        show('visual');
        editor.focus();
      } catch (failed) {
        window.IGNY8.toast(gettext('The visual editor could not read the text. It stays in Source; try again.'), 'error');
        return;
      }
    }
    remember(next);
    countWords();
  }

  document.addEventListener('click', (event) => {
    const button = nearest(event, '[data-editor-mode]');
    if (button) switchTo(button.dataset.editorMode);
  });

  function countWords() {
    const text = mode === 'visual' ? visual.innerText : source.value.replace(/<!--[\s\S]*?-->|<[^>]*>/g, ' ');
    const words = (text.match(/[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu) || []).length;
    byId('word-count').textContent = ngettext('%(count)s word', '%(count)s words', words);
  }
  let counting = null;
  const countSoon = () => { clearTimeout(counting); counting = setTimeout(countWords, 400); };
  source.addEventListener('input', countSoon);

  /* Images in the text ---------------------------------------------------------------------------------------- */
  function insert(hash, address, alt) {
    const figure = document.createElement('figure');
    figure.className = 'wp-block-image';
    const image = document.createElement('img');
    image.alt = alt;
    figure.append(image);
    images.set(hash, address);
    if (mode === 'visual') {
      image.src = address;
      insertBlocks(figure.outerHTML);
    } else {
      image.setAttribute('src', `igny8-image:${hash}`);
      const html = blocks ? `<!-- wp:image -->\n${figure.outerHTML}\n<!-- /wp:image -->` : figure.outerHTML;
      source.setRangeText(`\n\n${html}\n\n`, source.selectionEnd, source.selectionEnd, 'end');
    }
    changed();
  }

  /** Put a player into the text, in the place of the paragraph `at` or after where the caret is. */
  function embed(address, at) {
    if (mode === 'visual') {
      pieces.push(embedPiece(address, blocks));
      if (at) at.replaceChildren(document.createElement('br'));
      insertBlocks(opaque(pieces.at(-1), pieces.length - 1), { at });
    } else source.setRangeText(`\n\n${window.IGNY8_EMBEDS.stored(address, blocks)}\n\n`, source.selectionEnd, source.selectionEnd, 'end');
    changed();
  }

  /* HugeRTE ----------------------------------------------------------------------------------------------------- */
  const isDark = () => {
    const scheme = document.documentElement.dataset.scheme;
    return scheme ? scheme === 'dark' : window.matchMedia('(prefers-color-scheme: dark)').matches;
  };

  function begin(instance) {
    editor = instance;
    visual.removeAttribute('aria-label');
    visual.removeAttribute('title');
    fillVisual();
    seen.observe(visual, { subtree: true, childList: true, characterData: true, attributes: true });
    byId('editor-bar').hidden = false;
    show(remembered() === 'source' ? 'source' : 'visual');
    countWords();
    instance.on('input change undo redo ExecCommand', () => { changed(); countSoon(); });
    instance.notificationManager.open = ({ text: words, type }) => { // told as everything else is
      if (type === 'error' || type === 'warning') window.IGNY8.toast(words, type); // how far an upload is stands below the text
      return { close() {}, progressBar: { value() {} } };
    };
    instance.on('ScrollIntoView', (event) => { // so that the bars on top and at the foot are left free (scroll-padding)
      event.preventDefault();
      event.elm.scrollIntoView({ block: 'nearest' });
    });
    instance.addShortcut('meta+s', gettext('Save'), () => form.requestSubmit());
    form.dispatchEvent(new CustomEvent('editorReady'));
  }

  /** The text as it is now, as it would be sent. */
  function text() {
    sync();
    return source.value;
  }

  async function setText(value) {
    source.value = value;
    if (mode !== 'visual') return;
    ({ pieces, blocks } = await readPieces(value));
    synced = value;
    fillVisual();
    countWords();
  }

  const select = (node) => { editor?.focus(); editor?.selection.select(node); };
  window.IGNY8_EDITOR = { embed, form, images, insert, select, setText, text, uploads: () => editor?.uploadImages() };

  const pictures = (html) => (html.match(/<img\b/gi) || []).length;
  /** Images that came by themselves, as blocks of their own: a picture in the middle of a sentence is no place for one. */
  function alone(html) {
    const holder = document.createElement('template');
    holder.innerHTML = html;
    if (holder.content.textContent.trim()) return '';
    return [...holder.content.querySelectorAll('img')].map((image) => `<figure class="wp-block-image">${image.outerHTML}</figure>`).join('');
  }
  function taken(html, isOurs) {
    const code = isOurs ? null : window.IGNY8_EMBEDS.pasted(html);
    if (code && (code.isCode || isBlank(blockOf(editor.selection.getNode())))) {
      setTimeout(() => embed(code.address));
      return '';
    }
    const { html: tidy, refused } = isOurs ? { html, refused: 0 } : window.IGNY8_PASTE.tidied(html);
    const clean = pasted(tidy, place());
    const lost = pictures(html) - pictures(clean);
    if (refused) {
      window.IGNY8.toast(gettext('Scripts and frames did not come along: a text here holds none.'), 'warning');
    }
    if (lost > 0) {
      window.IGNY8.toast(ngettext(
        'One image is on your computer or in one page only and did not come along. Copy it by itself and paste it, or upload it under Images.',
        '%(count)s images are on your computer or in one page only and did not come along. Copy each by itself and paste it, or upload it under Images.',
        lost,
      ), 'warning');
    }
    const figures = isOurs ? '' : alone(clean);
    if (!figures) return clean;
    setTimeout(() => { insertBlocks(figures); editor.uploadImages(); });
    return '';
  }

  const FORMATS = [['p', gettext('Paragraph')], ['h2', gettext('Heading 2')], ['h3', gettext('Heading 3')], ['h4', gettext('Heading 4')],
    ['pre', gettext('Preformatted')]];
  /* The editor's own words, by their English. */
  const OWN_WORDS = {
    'Paragraph': gettext('Paragraph'), 'Blocks': gettext('Paragraph or heading'), 'Block {0}': gettext('Paragraph or heading: %(kind)s', { kind: '{0}' }),
    'Bold': gettext('Bold'), 'Italic': gettext('Italic'), 'Bullet list': gettext('Bulleted list'), 'Numbered list': gettext('Numbered list'),
    'Blockquote': gettext('Quote'), 'Undo': gettext('Undo'), 'Redo': gettext('Redo'), 'Rich Text Area': gettext('Content'),
    'Delete table': gettext('Delete table'), 'Delete row': gettext('Delete row'), 'Delete column': gettext('Delete column'),
    'Insert row before': gettext('Insert row before'), 'Insert row after': gettext('Insert row after'),
    'Insert column before': gettext('Insert column before'), 'Insert column after': gettext('Insert column after'),
  };
  window.hugerte?.addI18n('own', OWN_WORDS);
  const SETTINGS = {
    language: 'own',
    target: visual,
    inline: true,
    base_url: '/static/vendor/hugerte',
    suffix: '.min',
    skin: isDark() ? 'oxide-dark' : 'oxide',
    content_css: false,
    fixed_toolbar_container: '#editor-tools',
    toolbar_persist: true,
    menubar: false,
    statusbar: false,
    branding: false,
    promotion: false,
    plugins: 'autolink lists table',
    toolbar: 'blocks | bold italic igny8link | bullist numlist blockquote | igny8insert | undo redo igny8find',
    toolbar_mode: 'wrap',
    block_formats: FORMATS.map(([tag, name]) => `${name}=${tag}`).join('; '),
    valid_elements: '*[*]',
    convert_urls: false,
    relative_urls: false,
    entity_encoding: 'raw',
    indent: false,
    browser_spellcheck: true,
    contextmenu: false,
    object_resizing: false, // sizes that blocks do not know would make them invalid in WordPress
    paste_preprocess: (instance, args) => { args.content = taken(args.content, args.internal); },
    paste_webkit_styles: 'all', // bold and italic of others stand in styles; what is left of them is taken out
    paste_data_images: true,
    images_upload_handler: (blob, progress) => window.IGNY8_IMAGES.upload(blob, progress),
    table_default_attributes: {},
    table_default_styles: {},
    table_header_type: 'sectionCells',
    table_sizing_mode: 'auto',
    table_use_colgroups: false,
    table_toolbar: 'tabledelete | tableinsertrowbefore tableinsertrowafter tabledeleterow | tableinsertcolbefore tableinsertcolafter tabledeletecol',
    setup: (instance) => window.IGNY8_INSERT.setup(instance, { embed }),
    init_instance_callback: begin,
  };
  /* Once every script of the page has run: those after this one wait for editorReady too. */
  document.addEventListener('DOMContentLoaded', () => window.hugerte?.init(SETTINGS));
})();
