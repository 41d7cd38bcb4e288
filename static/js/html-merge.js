/* What a person changed in the visual editor, put into the source it was made from. A browser writes HTML its own way
   (quotes, shorthand styles, entities, line feeds); of three texts – the source, what was shown of it and what the
   editor has now – the source is taken wherever the last two agree. Each start tag of the source is numbered on its way
   into the editor and found again by its number. Exposes window.IGNY8_MERGE. */
(function () {
  'use strict';
  const AT = 'data-igny8-at';
  const UNIT = /<!--[\s\S]*?-->|<\/?[a-z](?:[^"'>]|"[^"]*"|'[^']*')*>|&(?:#\d+|#x[\da-f]+|[a-z][\da-z]*);|[\s\S]/giu;
  const OURS = / data-igny8(?:-at)?="\d*"| data-mce-[\w-]+="[^"]*"/g;
  const NAME = /^<\/?([a-z][^\s/>]*)/i;
  const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?/g;
  const WITHIN = /^(?:a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|q|s|samp|small|span|strike|strong|sub|sup|time|tt|u|var)$/;
  const BLOCK = /^(?:address|article|aside|blockquote|caption|col|colgroup|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|li|main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul)$/;
  const IDLE = /^(?:\s|<br\b[^>]*>)+$/;
  const MOST_DIFFERENCES = 1000;
  const tags = []; // the start tags of the source by number
  const decoded = new Map();

  function decode(entity) {
    if (!decoded.has(entity)) decoded.set(entity, window.IGNY8_FOREIGN.parse(entity).textContent);
    return decoded.get(entity);
  }

  const isStart = (text) => /^<[a-z]/i.test(text);
  const isEnd = (text) => /^<\/[a-z]/i.test(text);
  const nameOf = (text) => NAME.exec(text)?.[1].toLowerCase() || '';
  const plain = (text) => text.replace(OURS, '');

  /** `html` cut into tags, comments and characters; equal keys mean the same thing. */
  function units(html) {
    return (html.match(UNIT) || []).map((text) => {
      if (isStart(text)) {
        const at = new RegExp(` ${AT}="(\\d+)"`).exec(text)?.[1];
        return { text, key: at === undefined ? plain(text) : `<${at}`, at };
      }
      if (isEnd(text)) return { text, key: `</${nameOf(text)}` };
      const key = text.length > 1 && text[0] === '&' ? decode(text) : text;
      return { text, key: key === '\u00a0' ? ' ' : key }; // browsers turn one into the other beside what is typed
    });
  }

  /** The units of a source, and its HTML with every start tag numbered. */
  function numbered(source) {
    const found = units(source);
    for (const unit of found) {
      if (!isStart(unit.text)) continue;
      unit.at = String(tags.push(unit.text) - 1);
      unit.tag = unit.text;
      unit.key = `<${unit.at}`;
    }
    const html = found.map(({ text, at }) => (at === undefined ? text : text.replace(NAME, `$& ${AT}="${at}"`))).join('');
    return { units: found, html };
  }

  const isSpace = (text) => /^[ \t\n\r\f]$/.test(text);
  const isWithin = (text) => text.startsWith('<!--') || WITHIN.test(nameOf(text));
  const isEdge = (unit) => !unit || /^<\/?br\b/i.test(unit.text) || BLOCK.test(nameOf(unit.text));

  /** Which units no browser draws: white space beside breaks, at the ends of blocks and after white space, a last break. */
  function undrawn(list, isPre) {
    const idle = list.map(() => false);
    let pre = isPre ? 1 : 0;
    let blank = true; // a space here is not drawn
    let space = -1; // the last unit that is drawn, when it is a space
    let end = -1; // the same, when it is a break with something before it
    list.forEach(({ text }, i) => {
      const name = nameOf(text);
      if (name === 'pre') pre += isStart(text) ? 1 : -1;
      if (isWithin(text)) return;
      if (pre) [space, end, blank] = [-1, -1, false];
      else if (isEdge({ text })) {
        if (space >= 0) idle[space] = true;
        if (end >= 0 && isEnd(text)) idle[end] = true;
        [space, end, blank] = [-1, name === 'br' && !blank ? i : -1, true];
      } else if (!isSpace(text)) [space, end, blank] = [-1, -1, false];
      else if (blank) idle[i] = true;
      else [space, blank] = [i, true];
    });
    for (const last of [space, end]) if (last >= 0) idle[last] = true;
    return idle;
  }

  /** What is not drawn and was taken away by the editor, not by a person: `before` and `after` units by number. */
  function takenAway(shown, at, isPre) {
    const idle = undrawn(shown, isPre);
    const lost = { before: new Map(), after: new Map() };
    const put = (where, i, b) => where.set(i, [...(where.get(i) || []), b]);
    const beside = (b, step, isPassed) => {
      let i = b + step;
      while (idle[i] || (shown[i] && isPassed(shown[i].text))) i += step;
      return i;
    };
    const isThere = (i) => i < 0 || i >= shown.length || at.has(i);
    shown.forEach((unit, b) => {
      if (at.has(b)) return;
      const [next, nextEdge] = [beside(b, 1, () => false), beside(b, 1, isWithin)];
      const [previous, previousEdge] = [beside(b, -1, () => false), beside(b, -1, isWithin)];
      if (!idle[b]) {
        if (isSpace(unit.text) && idle[b + 1] && isSpace(shown[b + 1].text) && at.has(b + 1)) put(lost.before, b + 1, b);
      } else if (isEdge(shown[nextEdge]) && isThere(nextEdge) && isThere(next)) put(lost.before, next, b);
      else if ((isEdge(shown[previousEdge]) || isSpace(shown[previousEdge].text)) && isThere(previousEdge)
        && isThere(previous)) put(lost.after, previous, b);
    });
    return lost;
  }

  /* Which units of two texts are the same (Myers); [] in the middle when it differs too much ---------------- */
  function trace(a, b) {
    const rows = [];
    let reach = new Map([[1, 0]]);
    for (let d = 0; d <= Math.min(a.length + b.length, MOST_DIFFERENCES); d += 1) {
      rows.push(new Map(reach));
      for (let k = -d; k <= d; k += 2) {
        let x = k === -d || (k !== d && reach.get(k - 1) < reach.get(k + 1)) ? reach.get(k + 1) : reach.get(k - 1) + 1;
        while (x < a.length && x - k < b.length && a[x].key === b[x - k].key) x += 1;
        reach.set(k, x);
        if (x >= a.length && x - k >= b.length) return rows;
      }
    }
    return null;
  }

  function middle(a, b) {
    const rows = a.length && b.length ? trace(a, b) : null;
    const pairs = [];
    let [x, y] = [a.length, b.length];
    for (let d = (rows?.length || 0) - 1; d >= 0; d -= 1) {
      const k = x - y;
      const reach = rows[d];
      const before = k === -d || (k !== d && reach.get(k - 1) < reach.get(k + 1)) ? k + 1 : k - 1;
      const from = d === 0 ? 0 : reach.get(before);
      while (x > from && y > Math.max(0, from - before)) { x -= 1; y -= 1; pairs.push([x, y]); }
      if (d > 0) [x, y] = [from, from - before];
    }
    return pairs.reverse();
  }

  function same(a, b) {
    const least = Math.min(a.length, b.length);
    let head = 0;
    while (head < least && a[head].key === b[head].key) head += 1;
    let tail = 0;
    while (tail < least - head && a[a.length - 1 - tail].key === b[b.length - 1 - tail].key) tail += 1;
    const pairs = Array.from({ length: head }, (_, i) => [i, i]);
    for (const [x, y] of middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail))) pairs.push([x + head, y + head]);
    for (let i = tail; i > 0; i -= 1) pairs.push([a.length - i, b.length - i]);
    return pairs;
  }

  /* Start tags whose attributes were changed --------------------------------------------------------------- */
  function attributes(tag) {
    const from = NAME.exec(tag)[0].length;
    return [...tag.slice(from).matchAll(ATTRIBUTE)].map((match) => ({
      name: match[1].toLowerCase(), start: match.index + from, end: match.index + from + match[0].length,
      value: decode((match[2] || '').replace(/^(["'])([\s\S]*)\1$/, '$2')),
    }));
  }

  const values = (tag) => new Map(attributes(plain(tag)).map(({ name, value }) => [name, value]));
  const declarations = (css) => new Map(
    (css.match(/(?:[^;"'(]|"[^"]*"|'[^']*'|\([^)]*\))+/g) || []).filter((one) => one.includes(':'))
      .map((one) => [one.slice(0, one.indexOf(':')).trim().toLowerCase(), one.slice(one.indexOf(':') + 1).trim()]),
  );

  function styleWith(source, was, now) {
    const [before, after, kept] = [was, now, source].map(declarations);
    for (const name of new Set([...before.keys(), ...after.keys()])) {
      if (before.get(name) === after.get(name)) continue;
      for (const one of [...kept.keys()]) if (one === name || one.startsWith(`${name}-`)) kept.delete(one);
      if (after.has(name)) kept.set(name, after.get(name));
    }
    return [...kept].map(([name, value]) => `${name}:${value}`).join(';') || null;
  }

  function classWith(source, was, now) {
    const [before, after, kept] = [was, now, source].map((text) => new Set(text.split(/\s+/).filter(Boolean)));
    for (const one of before) if (!after.has(one)) kept.delete(one);
    for (const one of after) if (!before.has(one)) kept.add(one);
    return [...kept].join(' ') || null;
  }

  function written(tag, name, value) {
    const there = attributes(tag).find((one) => one.name === name);
    const text = value === null ? '' : `${name}="${value.replace(/&/g, '&amp;').replace(/"/g, '&quot;')}"`;
    if (there) return tag.slice(0, text ? there.start : there.start - 1) + text + tag.slice(there.end);
    return text ? tag.replace(/\s*\/?>$/, (end) => ` ${text}${end}`) : tag;
  }

  /** The tag as it is in the source, with what differs between `shown` and `edited` changed in it. */
  function retagged(source, shown, edited) {
    const [was, now, stored] = [shown, edited, source].map(values);
    let tag = nameOf(source) === nameOf(edited) ? source : source.replace(NAME, `<${nameOf(edited)}`);
    for (const name of new Set([...was.keys(), ...now.keys()])) {
      const [before, after] = [was.get(name), now.get(name) ?? null];
      if ((before ?? null) === after) continue;
      const merging = { style: styleWith, class: classWith }[name];
      tag = written(tag, name, merging ? merging(stored.get(name) || '', before || '', after || '') : after);
    }
    return tag;
  }

  /* The source with the changes ------------------------------------------------------------------------------ */
  /** For each unit of what was shown: the text that it stands for in the source, alone or as one of a run. What is not
      drawn at the end of a line stays there: it is `before` what ends the line, or the `tail`. */
  function origins(source, shown) {
    const of = [];
    let lead = '';
    let tail = '';
    let before = '';
    let [s, b] = [0, 0];
    const text = (from, to) => source.slice(from, to).map((unit) => unit.text).join('');
    for (const [nextSource, nextShown] of [...same(source, shown), [source.length, shown.length]]) {
      const between = text(s, nextSource);
      const run = { from: b, to: nextShown, text: between };
      for (let i = b; i < nextShown; i += 1) of[i] = { run };
      if (nextShown === b && b === 0) lead = between;
      else if (nextShown === b && IDLE.test(between) && !BLOCK.test(nameOf(shown[b - 1].text))) {
        if (nextShown < shown.length) before = between; else tail = between;
      } else if (nextShown === b) of[b - 1].after = between;
      if (nextShown < shown.length) of[nextShown] = { unit: source[nextSource], before, after: '' };
      before = '';
      [s, b] = [nextSource + 1, nextShown + 1];
    }
    return { of, lead, tail };
  }

  /** `edited` with everything that `shown` has as well written as in `source` (all three in units). What was copied in
      the editor keeps its attributes, but of `copied` tags (a set of numbers) only the first their id.
      `glue(unit, text, out)` gives what is written for a unit after `out`, with what belongs around it.
      `isPre`: all of it is preformatted. */
  function merged(source, shown, edited, copied = new Set(), glue = (unit, text) => text, isPre = false) {
    const { of, lead, tail } = origins(source, shown);
    const places = new Map(same(shown, edited).map(([b, e]) => [e, b]));
    const at = new Map([...places].map(([e, b]) => [b, e]));
    const lost = takenAway(shown, at, isPre);
    const sourceOf = (numbers) => (numbers || []).map((b) => {
      const { unit, run, before, after } = of[b];
      if (run) return run.from === b ? run.text : '';
      return before + unit.text + after;
    }).join('');
    const shownTags = new Map(shown.filter((unit) => unit.at !== undefined).map((unit) => [unit.at, unit.text]));
    const whole = (run) => Array.from({ length: run.to - run.from }, (_, i) => at.get(run.from + i))
      .every((e, i, all) => e !== undefined && e === all[0] + i);
    const own = ({ text, at: number }) => {
      if (tags[number] === undefined) return plain(text);
      const tag = retagged(tags[number], shownTags.get(number) || text, text);
      return copied.has(number) ? written(tag, 'id', null) : tag;
    };
    const kept = (unit, origin, before) => (isStart(unit.text) && before.text !== unit.text
      ? { ...origin, text: origin.text.replace(origin.tag, () => retagged(origin.tag, before.text, unit.text)) } : origin);
    let out = lead + sourceOf(lost.after.get(-1));
    edited.forEach((unit, e) => {
      const place = places.get(e);
      const origin = of[place];
      out += sourceOf(lost.before.get(place));
      if (origin?.run && whole(origin.run)) {
        out += glue(unit, place === origin.run.from ? origin.run.text : '', out);
      } else if (origin?.unit) {
        const { text } = kept(unit, origin.unit, shown[place]);
        out += origin.before;
        out += glue(unit, text, out) + origin.after;
      } else out += glue(unit, own(unit), out);
      out += sourceOf(lost.after.get(place));
    });
    return out + sourceOf(lost.before.get(shown.length)) + tail;
  }

  window.IGNY8_MERGE = { units, numbered, merged, retagged, isStart, isEnd, nameOf };
})();
