/* How the search result and a shared link look, while they are typed: widths measured as Google sets them (Arial, 20 and
   14 pixels), and cut where it cuts. */
(function () {
  'use strict';
  const { nearest } = window.IGNY8;
  const byId = (id) => document.getElementById(id);
  const preview = byId('seo-preview');
  const snippet = byId('snippet');
  const context = document.createElement('canvas').getContext('2d');
  const VARIABLE = /%%?[a-z_-]+%%?|\{\{.*?\}\}|#[a-z]+_[a-z]+|\[[a-z]+_[a-z_]+\]/i;
  const TITLE = '20px Arial, sans-serif';
  const TEXT = '14px Arial, sans-serif';
  const WIDTH = { desktop: { title: 600, text: 960 }, mobile: { title: 650, text: 680 }, social: { title: 900, text: 600 } };
  let kind = 'desktop';

  function width(text, font) {
    context.font = font;
    return context.measureText(text).width;
  }
  function cut(text, font, most) {
    if (width(text, font) <= most) return text;
    let [low, high] = [0, text.length];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (width(`${text.slice(0, middle)} …`, font) <= most) low = middle; else high = middle - 1;
    }
    return `${text.slice(0, low).trimEnd()} …`;
  }
  const value = (id) => (byId(id)?.value || '').replace(/\s+/g, ' ').trim();

  function meter(box) {
    const text = value(box.dataset.pixels) || (box.dataset.pixels === 'seo_title' ? value('title') : '');
    const limit = Number(box.dataset.limit);
    const pixels = Math.round(width(text, box.dataset.font));
    const isOver = pixels > limit;
    box.toggleAttribute('data-over', isOver);
    box.querySelector('meter').value = Math.min(pixels, limit);
    const room = { pixels: localNumber(pixels), limit: localNumber(limit) };
    const words = isOver ? gettext('%(pixels)s of %(limit)s pixels: cut in search results', room) : gettext('%(pixels)s of %(limit)s pixels', room);
    box.querySelector('span').textContent = VARIABLE.test(text) ? gettext('The SEO plugin fills in its variables.') : words;
  }

  function firstWords() {
    const paragraph = document.querySelector('#visual p, .editor-main .post-text p');
    return (value('excerpt') || paragraph?.textContent || '').replace(/\s+/g, ' ').trim().slice(0, 300);
  }
  function crumbs() {
    try {
      const url = new URL(preview.dataset.address);
      const parts = url.pathname.split('/').filter(Boolean);
      const slug = value('slug') || value('title').toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
      if (preview.dataset.live && parts.length) parts.pop();
      return { host: url.host, path: [...parts, slug].filter(Boolean).map(decodeURIComponent) };
    } catch (unreadable) { return { host: preview.dataset.site, path: [] }; }
  }
  function image() {
    const [found] = ['#images .image-item[data-role="featured"] img', '#visual img[src]', '#images .image-item img']
      .map((selector) => document.querySelector(selector)).filter(Boolean);
    return found?.getAttribute('src') || '';
  }
  function line(name, text, tag = 'div') {
    const node = document.createElement(tag);
    node.className = `snippet-${name}`;
    node.textContent = text;
    return node;
  }

  function draw() {
    const { host, path } = crumbs();
    const { title: titleWidth, text: textWidth } = WIDTH[kind];
    const title = line('title', cut(value('seo_title') || value('title') || gettext('Untitled'), TITLE, titleWidth));
    const written = value('seo_description');
    const text = line('text', cut(written || firstWords() || gettext('No description yet.'), TEXT, textWidth));
    text.toggleAttribute('data-guessed', !written);
    snippet.dataset.kind = kind;
    const described = `${title.textContent}. ${text.textContent}`;
    if (kind === 'social') {
      const source = image();
      const picture = source ? document.createElement('img') : line('none', gettext('No image'));
      if (source) Object.assign(picture, { src: source, alt: '' });
      snippet.replaceChildren(picture, line('host', host), title, text);
    } else {
      const place = line('place', '');
      place.append(line('icon', preview.dataset.site.slice(0, 1), 'span'), line('site', preview.dataset.site, 'span'),
        line('crumbs', [host, ...path].join(' › '), 'span'));
      snippet.replaceChildren(place, title, text);
    }
    const kinds = { desktop: gettext('Google on a computer'), mobile: gettext('Google on a phone'), social: gettext('A shared link') };
    snippet.setAttribute('aria-label', `${kinds[kind]}: ${described}`);
  }
  function update() {
    for (const box of document.querySelectorAll('[data-pixels]')) meter(box);
    draw();
  }

  let soon = null;
  const updateSoon = () => { clearTimeout(soon); soon = setTimeout(update, 400); };
  document.addEventListener('input', (event) => {
    if (['seo_title', 'seo_description', 'title', 'slug', 'excerpt'].includes(event.target.id)) update();
  });
  byId('editor-form')?.addEventListener('textChanged', updateSoon);
  byId('editor-form')?.addEventListener('editorReady', updateSoon);
  document.addEventListener('htmx:afterSettle', (event) => { if (event.detail.target?.id === 'images') updateSoon(); });
  preview.addEventListener('click', (event) => {
    const button = nearest(event, '[data-preview]');
    if (!button) return;
    kind = button.dataset.preview;
    for (const other of preview.querySelectorAll('[data-preview]')) other.setAttribute('aria-pressed', String(other === button));
    draw();
  });
  update();
})();
