/* From pieces of a post to what the visual editor shows, and back. Pure: strings and plain objects in and out.
   A piece: {raw, kind, name, editable, prefix, html, suffix, items, label, summary}, cut by the server.
   Pieces that were not touched go back exactly as they came. */
(function () {
  'use strict';
  const MARK = 'data-igny8';
  const COMMENT = (name, attributes) => [
    `<!-- wp:${name}${attributes ? ` ${JSON.stringify(attributes)}` : ''} -->\n`, `\n<!-- /wp:${name} -->`,
  ];

  function parse(html) {
    const template = document.createElement('template');
    template.innerHTML = html;
    return template.content;
  }

  function escapeHtml(text) {
    const node = document.createElement('span');
    node.textContent = text;
    return node.innerHTML;
  }

  function marked(piece, index) {
    if (!piece.editable) {
      return `<div class="mceNonEditable opaque-block" ${MARK}="${index}"><strong>${escapeHtml(piece.label || 'HTML')}</strong>`
        + `<span>${escapeHtml(piece.summary || '')}</span></div>`;
    }
    if (piece.kind === 'text') return `<p ${MARK}="${index}">${piece.html}</p>`;
    const root = parse(piece.html).firstElementChild;
    if (!root) return '';
    root.setAttribute(MARK, index);
    return root.outerHTML;
  }

  /** The HTML that the visual editor starts with. */
  function toVisual(pieces) {
    return pieces.map((piece, index) => (piece.kind === 'space' ? '' : marked(piece, index))).join('\n') || '<p></p>';
  }

  /** List items and the paragraphs of a quote are blocks of their own in Gutenberg. */
  function withChildComments(root) {
    const [selector, name] = root.tagName === 'BLOCKQUOTE' ? [':scope > p', 'paragraph'] : [':scope > li', 'list-item'];
    for (const node of [...root.childNodes]) if (node.nodeType === Node.TEXT_NODE && !node.data.trim()) node.remove();
    root.querySelectorAll(selector).forEach((child, index) => {
      child.before(index ? '\n\n' : '', document.createComment(` wp:${name} `), '\n');
      child.after('\n', document.createComment(` /wp:${name} `));
    });
  }

  /** A block that was not there before, with the comments WordPress would give it. */
  function asNewBlock(root) {
    const tag = root.tagName.toLowerCase();
    let comments = COMMENT('html');
    if (tag === 'p') comments = COMMENT('paragraph');
    else if (/^h[1-6]$/.test(tag)) {
      root.classList.add('wp-block-heading');
      comments = COMMENT('heading', tag === 'h2' ? null : { level: Number(tag[1]) });
    } else if ((tag === 'ul' || tag === 'ol') && !root.querySelector('li ul, li ol')) {
      root.classList.add('wp-block-list');
      withChildComments(root);
      comments = COMMENT('list', tag === 'ol' ? { ordered: true } : null);
    } else if (tag === 'blockquote') {
      root.classList.add('wp-block-quote');
      withChildComments(root);
      comments = COMMENT('quote');
    } else if (tag === 'figure' && root.querySelector('img')) comments = COMMENT('image');
    else if (tag === 'pre') {
      root.classList.add('wp-block-preformatted');
      comments = COMMENT('preformatted');
    } else if (tag === 'table') {
      return `${COMMENT('table')[0]}<figure class="wp-block-table">${root.outerHTML}</figure>${COMMENT('table')[1]}`;
    }
    return comments[0] + root.outerHTML + comments[1];
  }

  function rootOf(html) {
    const root = parse(html).firstElementChild;
    root?.removeAttribute(MARK);
    return root;
  }

  function changed(piece, html, sameTag, blocks) {
    const root = rootOf(html);
    if (!root) return '';
    if (!sameTag) return blocks ? asNewBlock(root) : root.outerHTML;
    if (piece.kind === 'text') return piece.prefix + root.innerHTML + piece.suffix;
    if (piece.items) withChildComments(root);
    return piece.prefix + root.outerHTML + piece.suffix;
  }

  const isEmpty = (html) => {
    const content = parse(html);
    return !content.textContent.replace(/\u00a0/g, ' ').trim() && !content.querySelector('img, hr, table, iframe, video');
  };

  /** What belongs between two neighbours: what stood there, or a blank line. */
  function gap(pieces, before, after) {
    if (before === null && after === null) return '';
    const from = before === null ? 0 : before + 1;
    const to = after === null ? pieces.length : after;
    const between = from <= to ? pieces.slice(from, to) : null;
    if (between && between.every((piece) => piece.kind === 'space')) return between.map((piece) => piece.raw).join('');
    return null;
  }

  /** The text after editing. `nodes`: the top-level nodes in order, {index or null, html, tag};
      `baseline`: index to {html, tag} as the editor showed it at first. */
  function toText(pieces, nodes, baseline, blocks) {
    const untouched = new Set(nodes.filter((node) => baseline[node.index]?.html === node.html).map((node) => node.index));
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
      else if (piece) text = changed(piece, node.html, baseline[node.index]?.tag === node.tag, blocks);
      else {
        const root = rootOf(node.html);
        text = root ? (blocks ? asNewBlock(root) : root.outerHTML) : node.html;
      }
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

  window.IGNY8_BLOCKS = { MARK, toVisual, toText };
})();
