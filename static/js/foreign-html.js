/* HTML that others wrote, before it stands in our page: the elements and attributes listed here and no others, so that
   nothing in it acts on the page, covers it, takes the place of its parts or fetches from this app. Everything is
   parsed in a template, where nothing loads or runs. Exposes window.IGNY8_FOREIGN. */
(function () {
  'use strict';
  const list = (words) => new Set(words.split(' '));
  const TAGS = list('a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col'
    + ' colgroup data dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i'
    + ' img ins kbd li main mark nav ol p pre q rp rt ruby s samp section small span strike strong sub summary sup'
    + ' table tbody td tfoot th thead time tr tt u ul var wbr');
  const DROPPED = list('script style iframe frame frameset object embed applet template svg math noscript video audio'
    + ' canvas head title meta link base select textarea datalist portal');
  const EVERYWHERE = list('class style lang dir title data-igny8-at');
  const OF_TAG = {
    a: list('href hreflang rel'), img: list('src alt width height'), td: list('colspan rowspan align'),
    th: list('colspan rowspan scope abbr align'), table: list('align border'), ol: list('start reversed type'),
    ul: list('type'), li: list('value'), col: list('span'), colgroup: list('span'), q: list('cite'),
    blockquote: list('cite'), del: list('cite datetime'), ins: list('cite datetime'), time: list('datetime'),
    data: list('value'), details: list('open'), p: list('align'), div: list('align'), hr: list('align'),
    font: list('color'),
  };
  /* Classes that WordPress gives; ours and those of the style sheets under them stay out. */
  const CLASS = /^(?:wp-|has-|is-|align|size-)/;
  const STYLE = /^(?:color|background-color|font|text|line-height|(?:letter|word)-spacing|white-space|padding|margin|border|width|height|(?:min|max)-(?:width|height)|vertical-align|list-style-(?:type|position)|float|clear|aspect-ratio|object-fit)/;
  const ADDRESS = /^(?:https?|mailto|tel):/i;

  function parse(html) {
    const template = document.createElement('template');
    template.innerHTML = html;
    return template.content;
  }

  /* Handlers are taken out below in any case; browsers report those that they only parse, against the content policy. */
  const TAG = /<[a-z](?:[^"'>]|"[^"]*"|'[^']*')*>/gi;
  const quiet = (html) => html.replace(TAG, (tag) => tag.replace(/([\s"'/])on[a-z]+(?=\s*=)/gi, '$1data-off'));

  /** An address as it is on the site that the text is of. Ours are only those of the content's own images. */
  function address(value, site, own) {
    if (own?.has(value) || value.startsWith('#')) return value;
    try {
      const url = new URL(value, site);
      return ADDRESS.test(url.href) && url.origin !== window.location.origin ? url.href : null;
    } catch (unreadable) { return null; }
  }

  function style(node) {
    const kept = [...node.style].filter((name) => STYLE.test(name)).map((name) => [name, node.style.getPropertyValue(name)])
      .filter(([, value]) => value && !/url\(|image|expression/i.test(value));
    return kept.map(([name, value]) => `${name}: ${value};`).join(' ');
  }

  function value(node, name, site, own) {
    const was = node.getAttribute(name);
    if (name === 'class') return was.split(/\s+/).filter((one) => CLASS.test(one)).join(' ');
    if (name === 'style') return style(node);
    if (name === 'data-igny8-at') return /^\d+$/.test(was) ? was : null;
    return name === 'href' || name === 'src' || name === 'cite' ? address(was.trim(), site, own) : was;
  }

  function bare(node, site, own) {
    for (const name of node.getAttributeNames()) {
      const allowed = EVERYWHERE.has(name) || OF_TAG[node.localName]?.has(name);
      const kept = allowed ? value(node, name, site, own) : null;
      if (kept === null || (kept === '' && (name === 'class' || name === 'style'))) node.removeAttribute(name);
      else node.setAttribute(name, kept);
    }
  }

  const isKnown = (node) => node.namespaceURI === 'http://www.w3.org/1999/xhtml' && TAGS.has(node.localName);

  /** The content of `html` made harmless; null when an element in it cannot be shown. Of its place: `site` is the
      address that relative ones are of; `own` a set of addresses of this app that may stand in it. */
  function shown(html, { site, own }) {
    const content = parse(quiet(html));
    const nodes = [...content.querySelectorAll('*')];
    if (!nodes.every(isKnown)) return null;
    for (const node of nodes) bare(node, site, own);
    return content;
  }

  /* Pictures that come with what is pasted: they are uploaded, and stay in no text. What a page of another site names by
     blob: can be read there alone. */
  const PICTURE = /^data:image\/(?:png|jpeg|gif|webp);base64,/i;
  const isOwnBlob = (address) => address.startsWith(`blob:${window.location.origin}/`);

  function pastedImage(node, site, own) {
    const picture = node.getAttribute('src')?.trim() || '';
    bare(node, site, own);
    if (PICTURE.test(picture) || isOwnBlob(picture)) node.setAttribute('src', picture);
    else if (!node.hasAttribute('src')) node.remove();
  }

  /** What is pasted or dropped: as `shown`, without the elements that cannot be and pictures on the person's disk. */
  function pasted(html, { site, own }) {
    const content = parse(quiet(html));
    for (const node of [...content.querySelectorAll('*')].reverse()) {
      if (node.localName === 'img') pastedImage(node, site, own);
      else if (isKnown(node)) bare(node, site, own);
      else if (DROPPED.has(node.localName)) node.remove();
      else node.replaceWith(...node.childNodes);
    }
    const holder = document.createElement('template');
    holder.content.append(content);
    return holder.innerHTML;
  }

  window.IGNY8_FOREIGN = { parse, quiet, shown, pasted };
})();
