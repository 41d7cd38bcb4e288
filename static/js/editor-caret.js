/* The caret stays clear of the bars on top and at the foot, however the keys move it: browsers scroll it to the edge of
   the window, where a bar may stand. */
(function () {
  'use strict';
  const visual = document.getElementById('visual');
  const bar = document.getElementById('editor-bar');
  const ROOM = 12;
  let isByKey = false;
  let frame = null;

  /** Where the caret is; the block that it is in where that one is empty. */
  function caretBox() {
    const selection = window.getSelection();
    if (!selection.focusNode || !visual.contains(selection.focusNode)) return null;
    const range = document.createRange();
    range.setStart(selection.focusNode, selection.focusOffset);
    const [box] = range.getClientRects();
    if (box) return box;
    const node = selection.focusNode.childNodes[selection.focusOffset] || selection.focusNode;
    return (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement).getBoundingClientRect();
  }

  function keepClear() {
    frame = null;
    const box = caretBox();
    if (!box) return;
    const top = Math.max(bar.getBoundingClientRect().bottom, 0) + ROOM;
    const low = window.innerHeight - parseFloat(getComputedStyle(document.documentElement).scrollPaddingBottom || 0);
    if (box.top < top) window.scrollBy({ top: box.top - top, behavior: 'instant' });
    else if (box.bottom > low) window.scrollBy({ top: Math.min(box.bottom - low, box.top - top), behavior: 'instant' });
  }

  document.addEventListener('keydown', () => { isByKey = true; }, true);
  document.addEventListener('pointerdown', () => { isByKey = false; }, true);
  document.addEventListener('selectionchange', () => { if (isByKey && !visual.hidden) frame ||= requestAnimationFrame(keepClear); });
})();
