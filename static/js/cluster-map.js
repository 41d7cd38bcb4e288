/* The cluster map: the whole name and figure of an area beside the pointer or the focus, and Escape to zoom out. */
(function () {
  'use strict';
  let tip = null;

  function hide() {
    tip?.remove();
    tip = null;
  }

  function show(tile) {
    hide();
    tip = document.createElement('div');
    tip.className = 'map-tip';
    tip.setAttribute('aria-hidden', 'true');  // the link is called so
    tip.dir = 'auto';
    const name = tile.querySelector('.tile-name').textContent;
    tip.textContent = tile.getAttribute('aria-label').replace(`${name},`, `${name}:`);
    document.body.append(tip);
    const at = tile.getBoundingClientRect();
    const own = tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left + at.width / 2 - own.width / 2, window.innerWidth - own.width - 8));
    const above = at.top - own.height - 6;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 8 ? above : at.bottom + 6}px`;
  }

  const tileOf = (event) => event.target.closest?.('.cluster-map a[aria-label]');  // while HTMX settles, its class is that of the way out
  document.addEventListener('mouseover', (event) => { const tile = tileOf(event); if (tile) show(tile); });
  document.addEventListener('mouseout', (event) => { if (tileOf(event)) hide(); });
  document.addEventListener('focusin', (event) => { const tile = tileOf(event); if (tile?.matches(':focus-visible')) show(tile); });
  document.addEventListener('focusout', (event) => { if (tileOf(event)) hide(); });
  document.addEventListener('scroll', hide, { passive: true });
  document.addEventListener('htmx:beforeSwap', hide);
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    if (tip) hide();
    else event.target.closest?.('[data-map]')?.querySelector('[data-map-out]')?.click();
  });
})();
