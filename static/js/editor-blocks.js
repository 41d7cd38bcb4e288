/* From pieces of a post to what the visual editor shows, and back. Pure: strings and plain objects in and out.
   A piece: {raw, kind, name, editable, prefix, html, suffix, items, label, summary}, cut by the server.
   Pieces that were not touched go back exactly as they came; of those that were, only what was changed changes. */
(function () {
  'use strict';
  const { parse, shown } = window.IGNY8_FOREIGN;
  const { known, nameOf: embedName, ofPiece, stored } = window.IGNY8_EMBEDS;
  const { units, numbered, merged, retagged, isStart, isEnd, nameOf } = window.IGNY8_MERGE;
  const MARK = 'data-igny8';
  const VOID = new Set(['br', 'col', 'hr', 'img', 'wbr']);
  const LEVEL = /^H[1-6]$/;
  const CHILD_COMMENT = /^<!--\s+(\/)?wp:(?:list|list-item|paragraph)\s/;
  const comments = (name, attributes) => [
    `<!-- wp:${name}${attributes ? ` ${JSON.stringify(attributes)}` : ''} -->\n`, `\n<!-- /wp:${name} -->`,
  ];

  function escapeHtml(text) {
    const node = document.createElement('span');
    node.textContent = text;
    return node.innerHTML;
  }

  function opaque(piece, index) {
    const kind = piece.isEmbed ? ' embed-block' : '';
    return `<div class="mceNonEditable opaque-block${kind}" ${MARK}="${index}"><strong>${escapeHtml(piece.label || 'HTML')}</strong>`
      + `<span>${escapeHtml(piece.summary || '')}</span></div>`;
  }

  /* Children of a list or a quote have comments of their own: each goes with the tag that it is around. */
  function withComments(found) {
    const out = [];
    const isSpace = (unit) => unit !== undefined && /^\s$/.test(unit.text);
    const spaceBefore = () => { let text = ''; while (isSpace(out.at(-1))) text = out.pop().text + text; return text; };
    let opening = '';
    for (const unit of found) {
      const comment = CHILD_COMMENT.exec(unit.text);
      if (comment && !comment[1]) opening += spaceBefore() + unit.text;
      else if (comment) {
        const text = spaceBefore() + unit.text;
        if (out.length) out.at(-1).text += text;
      }
      else if (opening && isSpace(unit)) opening += unit.text;
      else {
        out.push({ ...unit, text: opening + unit.text });
        opening = '';
      }
    }
    return out;
  }

  const embedded = (address) => ({ editable: false, isEmbed: true, label: embedName(address), summary: address });

  /** A piece that was not there before, which shows `address` as a player. */
  const embedPiece = (address, blocks) => ({ raw: stored(address, blocks), kind: 'block', name: 'embed', isAdded: true, ...embedded(address) });

  function marked(piece, index, place) {
    const address = ofPiece(piece);
    if (address) Object.assign(piece, embedded(address));
    if (!piece.editable) return opaque(piece, index);
    const inner = piece.raw.slice(piece.prefix.length, piece.raw.length - piece.suffix.length);
    const source = numbered(inner);
    piece.source = piece.items ? withComments(source.units) : source.units;
    const html = piece.items ? source.html.replace(/\s*<!--\s+\/?wp:[\s\S]*?-->\s*/g, '') : source.html;
    const content = shown(place.resolve(html), place);
    if (!content || (piece.kind !== 'text' && content.children.length !== 1)) {
      Object.assign(piece, { editable: false, summary: parse(piece.html).textContent.trim().slice(0, 160) });
      return opaque(piece, index);
    }
    const root = piece.kind === 'text' ? document.createElement('p') : content.firstElementChild;
    if (piece.kind === 'text') root.append(content);
    root.setAttribute(MARK, index);
    return root.outerHTML;
  }

  /** The HTML that the visual editor starts with. `place`: `site`, the address that the text's relative ones are of;
      `own`, a set of addresses of this app that may stand in it; `resolve`, a function that puts them there. */
  function toVisual(pieces, place) {
    return pieces.map((piece, index) => (piece.kind === 'space' ? '' : marked(piece, index, place))).join('\n')
      || '<p></p>';
  }

  /** What goes around the tags of a list or a quote: list items, nested lists and paragraphs are blocks in Gutenberg. */
  function childGlue(name) {
    const open = [];
    const inList = name === 'list';
    const isChild = (tag, depth) => (inList ? tag === 'li' || (depth > 1 && /^[uo]l$/.test(tag)) : tag === 'p' && depth === 2);
    const words = (tag) => {
      if (!inList) return comments('paragraph');
      return tag === 'li' ? comments('list-item') : comments('list', tag === 'ol' ? { ordered: true } : null);
    };
    return (unit, text, out) => {
      if (!isStart(unit.text) && !isEnd(unit.text)) return text;
      const tag = nameOf(unit.text);
      if (isStart(unit.text) && !VOID.has(tag)) open.push(tag);
      const depth = open.length;
      if (isEnd(unit.text)) open.pop();
      if (!isChild(tag, depth) || !text || text.includes('<!--')) return text;
      const [before, after] = words(tag);
      if (isEnd(unit.text)) return text + after;
      const written = tag === 'li' || tag === 'p' ? text : retagged(text, '<ul>', '<ul class="wp-block-list">');
      return (out.endsWith('-->') ? '\n\n' : '') + before + written;
    };
  }

  const glueOf = (piece) => (piece.items ? childGlue(piece.name) : undefined);
  const source = (html, copied, glue) => merged([], [], units(html), copied, glue);
  const bareOf = (root) => { for (const name of root.getAttributeNames()) root.removeAttribute(name); };

  function tableBlock(root, copied) {
    for (const node of [root, ...root.querySelectorAll('*')]) {
      node.removeAttribute('style');
      for (const name of ['border', 'width', 'height', 'class']) node.removeAttribute(name);
    }
    for (const node of root.querySelectorAll('colgroup')) node.remove();
    const [before, after] = comments('table', { hasFixedLayout: false });
    return `${before}<figure class="wp-block-table">${source(root.outerHTML, copied)}</figure>${after}`;
  }

  /** A block that was not there before, with the comments that WordPress would give it and no attribute that it would
      not know. */
  function asNewBlock(root, copied) {
    const tag = root.tagName.toLowerCase();
    let [around, glue] = [comments('html'), undefined];
    const become = (name, className, attributes = null) => {
      bareOf(root);
      if (className) root.className = className;
      around = comments(name, attributes);
    };
    const address = tag === 'p' && !root.querySelector('img') && known(root.textContent);
    if (address) return stored(address, true);
    if (tag === 'p') become('paragraph');
    else if (LEVEL.test(root.tagName)) become('heading', 'wp-block-heading', tag === 'h2' ? null : { level: Number(tag[1]) });
    else if (tag === 'ul' || tag === 'ol') {
      become('list', 'wp-block-list', tag === 'ol' ? { ordered: true } : null);
      glue = childGlue('list');
    } else if (tag === 'blockquote') {
      become('quote', 'wp-block-quote');
      glue = childGlue('quote');
    } else if (tag === 'figure' && root.querySelector('img')) around = comments('image');
    else if (tag === 'hr') become('separator', 'wp-block-separator has-alpha-channel-opacity');
    else if (tag === 'pre' && root.firstElementChild?.matches('code:only-child')) become('code', 'wp-block-code');
    else if (tag === 'pre') become('preformatted', 'wp-block-preformatted');
    else if (tag === 'table') return tableBlock(root, copied);
    return around[0] + source(root.outerHTML, copied, glue) + around[1];
  }

  /** The comment that opens a heading, with another level; everything else in it as it is. */
  function withLevel(prefix, level) {
    if (/"level":\s*\d/.test(prefix)) return prefix.replace(/"level":\s*\d/, `"level":${level}`);
    if (/wp:heading\s+\{/.test(prefix)) return prefix.replace(/(wp:heading\s+\{)\s*(\}?)/, (all, start, end) => `${start}"level":${level}${end || ','}`);
    return prefix.replace(/wp:heading\s/, `wp:heading {"level":${level}} `);
  }

  function fresh(html, blocks, copied) {
    const root = parse(html).firstElementChild;
    if (!root) return html;
    root.removeAttribute(MARK);
    return blocks ? asNewBlock(root, copied) : source(root.outerHTML, copied);
  }

  const inner = (html) => units(html).slice(1, -1);

  function changed(piece, node, was, blocks, copied) {
    const releveled = piece.name === 'heading' && LEVEL.test(node.tag);
    if (was?.tag !== node.tag && !releveled) return fresh(node.html, blocks, copied);
    const cut = piece.kind === 'text' ? inner : units;
    const isPre = was.tag === 'PRE';
    const prefix = was.tag === node.tag ? piece.prefix : withLevel(piece.prefix, node.tag[1]);
    return prefix + merged(piece.source, cut(was.html), cut(node.html), copied, glueOf(piece), isPre) + piece.suffix;
  }

  /** The numbers of start tags that are in the editor more than once. */
  function copies(nodes) {
    const seen = new Set();
    const twice = new Set();
    for (const { html } of nodes) {
      for (const [, at] of html.matchAll(/ data-igny8-at="(\d+)"/g)) if (seen.has(at)) twice.add(at); else seen.add(at);
    }
    return twice;
  }

  const isEmpty = (html) => {
    const content = parse(html);
    return !content.textContent.replace(/\u00a0/g, ' ').trim() && !content.querySelector('img, hr, table, iframe, video');
  };

  /** What belongs between two neighbours: what stood there, or a blank line. */
  function gap(pieces, before, after) {
    if (before === null && after === null) return '';
    const isAdded = (index) => index !== null && pieces[index].isAdded;
    if (isAdded(before) || isAdded(after)) return null;
    const from = before === null ? 0 : before + 1;
    const to = after === null ? pieces.filter((piece) => !piece.isAdded).length : after;
    const between = from <= to ? pieces.slice(from, to) : null;
    if (between && between.every((piece) => piece.kind === 'space')) return between.map((piece) => piece.raw).join('');
    return null;
  }

  /** The text after editing. `nodes`: the top-level nodes in order, {index or null, html, tag};
      `baseline`: index to {html, tag} as the editor showed it at first. */
  function toText(pieces, nodes, baseline, blocks) {
    const untouched = new Set(nodes.filter((node) => baseline[node.index]?.html === node.html).map((node) => node.index));
    const copied = copies(nodes);
    const used = new Set();
    const out = [];
    let previous = null;
    for (const node of nodes) {
      const piece = node.index === null ? null : pieces[node.index];
      const same = piece && baseline[node.index]?.html === node.html && !used.has(node.index);
      const owns = piece && !used.has(node.index) && (same || !untouched.has(node.index));
      let text;
      if (same || (piece && !piece.editable)) text = used.has(node.index) ? '' : piece.raw;
      else if (isEmpty(node.html)) text = '';
      else if (piece) text = changed(piece, node, baseline[node.index], blocks, copied);
      else text = fresh(node.html, blocks, copied);
      if (!text) continue;
      const index = owns ? node.index : null;
      if (out.length === 0) out.push(index === null ? '' : gap(pieces, null, index) ?? '');
      else out.push((previous === null || index === null ? null : gap(pieces, previous, index)) ?? '\n\n');
      out.push(text);
      if (owns) used.add(node.index);
      previous = index;
    }
    if (previous !== null) out.push(gap(pieces, previous, null) ?? '');
    return out.join('');
  }

  window.IGNY8_BLOCKS = { MARK, embedPiece, opaque, toVisual, toText };
})();
