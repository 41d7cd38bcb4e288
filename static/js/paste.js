/* What comes from Word, Google Docs or another page, as plain blocks: headings, paragraphs, lists, tables, links, images,
   bold and italic; no classes, styles, spans, empty elements or second H1. What is harmful in it is taken out by
   foreign-html.js afterwards. Exposes window.IGNY8_PASTE. */
(function () {
  'use strict';
  const { parse, quiet } = window.IGNY8_FOREIGN;
  const KEPT = { a: ['href'], img: ['src', 'alt'], td: ['colspan', 'rowspan'], th: ['colspan', 'rowspan', 'scope'], ol: ['start'] };
  const BLOCK = 'p, h1, h2, h3, h4, h5, h6, ul, ol, li, table, blockquote, pre, figure, hr, div, section, article';
  const LOOSE = 'span, font, center, u, ins, small, big, section, article, header, footer, main, nav, aside, address, form, label, body, html';
  const MARKER = /^[\s\u00a0]*([·•o§▪‣-]|\d+[.)]|[a-z]{1,4}[.)])[\s\u00a0]+$/i;
  const REFUSED = 'script, iframe, object, embed, applet';

  function rename(node, name) {
    const other = document.createElement(name);
    for (const { name: attribute, value } of node.attributes) if (!attribute.includes(':')) other.setAttribute(attribute, value);
    other.append(...node.childNodes);
    node.replaceWith(other);
    return other;
  }
  const unwrap = (node) => node.replaceWith(...node.childNodes);
  const each = (root, selector, act) => { for (const node of [...root.querySelectorAll(selector)]) act(node); };
  const isEmpty = (node) => !node.textContent.replace(/\u00a0/g, ' ').trim() && !node.querySelector('img, hr, table, br');

  /* Lists that Word writes as paragraphs ---------------------------------------------------------------------- */
  const isItem = (node) => node?.localName === 'p' && (/MsoList/.test(node.className) || /mso-list:\s*l\d/.test(node.getAttribute('style') || ''));
  const levelOf = (node) => Number(/level(\d)/.exec(node.getAttribute('style') || '')?.[1] || 1);

  /** Take the bullet or number off an item; whether it was a number. */
  function takeMarker(item) {
    const spans = [...item.querySelectorAll('span')].filter((span) => MARKER.test(span.textContent)
      && !item.textContent.slice(0, item.textContent.indexOf(span.textContent)).trim());
    const marker = spans[0]?.textContent.trim() || '';
    spans[0]?.remove();
    return /^(\d+|[a-z]+)[.)]$/i.test(marker);
  }

  function wordLists(root) {
    let open = []; // the lists of the item before, outermost first
    for (const item of [...root.querySelectorAll('p')].filter(isItem)) {
      if (!isItem(item.previousElementSibling) && item.previousElementSibling !== open[0]) open = [];
      const level = Math.min(levelOf(item), open.length + 1);
      open = open.slice(0, level);
      const isNumbered = takeMarker(item);
      if (open.length < level) {
        const list = document.createElement(isNumbered ? 'ol' : 'ul');
        const within = open.at(-1)?.lastElementChild;
        if (within) within.append(list); else item.before(list);
        open.push(list);
      }
      const entry = document.createElement('li');
      entry.append(...item.childNodes);
      open.at(-1).append(entry);
      item.remove();
    }
  }

  /* Bold and italic that stand in styles ------------------------------------------------------------------------- */
  function emphasis(root) {
    each(root, 'span, font, b, strong, i, em', (node) => {
      const { fontWeight, fontStyle } = node.style;
      const isBold = /bold|[6-9]00/.test(fontWeight);
      if (/^(?:b|strong)$/.test(node.localName) && /normal|[1-4]00/.test(fontWeight)) unwrap(node);
      else if (/^(?:i|em)$/.test(node.localName) && fontStyle === 'normal') unwrap(node);
      else if (/^(?:span|font)$/.test(node.localName) && (isBold || fontStyle === 'italic') && !node.closest('h1, h2, h3, h4, h5, h6')) {
        const inner = rename(node, isBold ? 'strong' : 'em');
        if (isBold && fontStyle === 'italic') {
          const em = document.createElement('em');
          em.append(...inner.childNodes);
          inner.append(em);
        }
      }
    });
    each(root, 'b', (node) => rename(node, 'strong'));
    each(root, 'i', (node) => rename(node, 'em'));
  }

  function bareAttributes(root) {
    each(root, '*', (node) => {
      const kept = KEPT[node.localName] || [];
      for (const name of node.getAttributeNames()) if (!kept.includes(name)) node.removeAttribute(name);
    });
  }

  /** Links and images whose address says nothing outside of the page that they come from. */
  function addresses(root) {
    each(root, 'a', (node) => { if (!/^(?:(?:https?|mailto|tel):|[/#?])/i.test(node.getAttribute('href')?.trim() || '')) unwrap(node); });
    each(root, 'img', (node) => { if (!/^[a-z][a-z\d+.-]*:/i.test(node.getAttribute('src')?.trim() || '')) node.removeAttribute('src'); });
  }

  function blocks(root) {
    each(root, 'h1', (node) => rename(node, 'h2'));
    each(root, LOOSE, unwrap);
    each(root, 'div', (node) => { if (node.querySelector(BLOCK)) unwrap(node); else rename(node, 'p'); });
    each(root, 'strong, em', (node) => { if (node.querySelector(BLOCK)) unwrap(node); });
    each(root, 'li > p:only-of-type, td > p:only-child, th > p:only-child, figure > p', unwrap);
    each(root, 'h2 > strong, h3 > strong, h4 > strong', unwrap);
    each(root, 'p, h2, h3, h4, h5, h6, li, td, th', ({ lastChild: last }) => {
      if (last?.nodeType === Node.TEXT_NODE) last.data = last.data.replace(/[\s\u00a0]+$/, '');
    });
    for (let left = null; (left = [...root.querySelectorAll('strong, em, a, p, h2, h3, h4, h5, h6, li')].filter(isEmpty)).length;) {
      for (const node of left) node.remove();
    }
    each(root, 'br:last-child', (node) => { if (!node.nextSibling?.textContent.trim()) node.remove(); });
  }

  /** Foreign HTML as plain blocks, and how many scripts and frames it had, which are left out. */
  function tidied(html) {
    const root = parse(quiet(html));
    const refused = root.querySelectorAll(REFUSED).length;
    each(root, `${REFUSED}, style, meta, link, title, noscript, template`, (node) => node.remove());
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_COMMENT);
    const comments = [];
    while (walker.nextNode()) comments.push(walker.currentNode);
    for (const comment of comments) comment.remove();
    for (const node of [...root.querySelectorAll('*')]) if (node.localName.includes(':')) unwrap(node);
    wordLists(root);
    emphasis(root);
    blocks(root);
    bareAttributes(root);
    addresses(root);
    const holder = document.createElement('template');
    holder.content.append(root);
    return { html: holder.innerHTML.trim(), refused };
  }

  window.IGNY8_PASTE = { tidied };
})();
