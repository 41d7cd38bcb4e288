/* A place that a check names: found in the text, marked and brought into sight. Without a match the link leads to the
   preview. */
(function () {
  'use strict';
  const { nearest } = window.IGNY8;
  const plain = (text) => text.replace(/\s+/g, ' ').trim();

  /** The range of these words in an element, across its nodes; null when they are not there. */
  function find(root, words) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const points = [];
    let text = '';
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (let at = 0; at < node.data.length; at += 1) {
        const isSpace = /\s/.test(node.data[at]);
        if (isSpace && (!text || text.endsWith(' '))) continue;
        text += isSpace ? ' ' : node.data[at];
        points.push([node, at]);
      }
    }
    const start = text.indexOf(words);
    if (start < 0) return null;
    const range = document.createRange();
    range.setStart(...points[start]);
    const [node, at] = points[start + words.length - 1];
    range.setEnd(node, at + 1);
    return range;
  }

  function showInVisual(words) {
    const visual = document.getElementById('visual');
    const range = visual && !visual.hidden ? find(visual, words) : null;
    if (!range) return false;
    visual.focus({ preventScroll: true });
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    range.startContainer.parentElement.scrollIntoView({ block: 'center' });
    return true;
  }

  function showInSource(words) {
    const source = document.getElementById('content');
    const at = source && !source.hidden ? source.value.indexOf(words) : -1;
    if (at < 0) return false;
    source.focus();
    source.setSelectionRange(at, at + words.length);
    source.scrollTop = source.scrollHeight * (at / source.value.length) - source.clientHeight / 2;
    return true;
  }

  function showImage(number) {
    const visual = document.getElementById('visual');
    const image = visual && !visual.hidden ? visual.querySelectorAll('img')[number] : null;
    if (!image) return false;
    image.scrollIntoView({ block: 'center' });
    window.IGNY8_EDITOR?.select(image);
    return true;
  }

  document.addEventListener('click', (event) => {
    const picture = nearest(event, 'a[data-find-image]');
    if (picture && showImage(Number(picture.dataset.findImage))) event.preventDefault();
    const link = nearest(event, 'a[data-find]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const words = plain(link.dataset.find);
    if (words && (showInVisual(words) || showInSource(words))) event.preventDefault();
  });
})();
