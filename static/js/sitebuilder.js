/* The canvas: widths of the preview, clicks in it, and moving pages and sections by dragging. The preview is a frame
   without scripts; this page listens in it. */
(() => {
  'use strict';
  /* What the page's own work has made is shown, but not over words that nobody has saved: saving shows it too. */
  document.addEventListener('runEnded', (event) => {
    if (!event.target.closest('.canvas-run') || document.querySelector('form[data-dirty]')) return;
    window.location.reload();
  });
  const canvas = document.querySelector('[data-canvas]');
  if (!canvas) return;
  const frame = canvas.querySelector('[data-preview]');
  const box = canvas.querySelector('[data-shown-width]');
  const remembered = 'igny8-canvas-width';
  const placeKey = `igny8-canvas-place:${canvas.dataset.canvas}`;

  /* The page is as wide as the device, and smaller where there is no room for that. */
  const widths = { phone: 375, tablet: 768, desktop: 1280 };
  const fit = () => {
    const full = widths[box.dataset.shownWidth];
    const scale = Math.min(1, box.clientWidth / full);
    const height = Math.round(box.clientHeight / scale);
    Object.assign(frame.style, { width: `${full}px`, height: `${height}px`, transform: `scale(${scale})` });
    frame.style.marginInlineStart = `${Math.max(0, (box.clientWidth - full * scale) / 2)}px`;
  };
  const show = (width) => {
    box.dataset.shownWidth = width;
    fit();
    canvas.querySelectorAll('[data-width]').forEach((button) => {
      button.setAttribute('aria-pressed', String(button.dataset.width === width));
    });
  };
  canvas.querySelectorAll('[data-width]').forEach((button) => button.addEventListener('click', () => {
    show(button.dataset.width);
    window.sessionStorage.setItem(remembered, button.dataset.width);
  }));
  const width = window.sessionStorage.getItem(remembered);
  show(width && canvas.querySelector(`[data-width="${width}"]`) ? width : 'desktop');
  new ResizeObserver(fit).observe(box);

  /* A click in the preview opens the section, or the page that a link of the menu leads to. */
  const clicked = (event) => {
    event.preventDefault();
    const link = event.target.closest('a[href]');
    const there = link && new URL(link.href).pathname.match(/\/preview\/(\d+)\/$/);
    const section = event.target.closest('[data-section]');
    if (there && !section) {
      const address = new URL(canvas.dataset.canvas, window.location.href);
      address.searchParams.set('page', there[1]);
      window.location.assign(address);
    } else if (section) {
      const words = event.target.textContent.trim();
      window.sessionStorage.setItem('igny8-canvas-words', words.slice(0, 300));
      canvas.querySelector(`[data-section-link="${section.dataset.section}"]`)?.click();
    }
  };

  /* As soon as its first words are there: the first click does not wait for the last picture. */
  const listen = () => {
    const page = frame.contentDocument;
    if (page?.documentElement && !page.documentElement.dataset.heard) {
      page.documentElement.dataset.heard = '1';
      page.addEventListener('click', clicked);
      page.addEventListener('submit', (event) => event.preventDefault());
    }
    if (page && (page.URL === 'about:blank' || page.readyState !== 'complete')) window.requestAnimationFrame(listen);
  };
  listen();

  const opened = () => {
    const page = frame.contentDocument;
    if (!page?.body || page.body.dataset.opened) return;
    page.body.dataset.opened = '1';
    const place = Number(window.sessionStorage.getItem(placeKey));
    const chosen = page.querySelector(`[data-section="${canvas.dataset.section || 'none'}"]`);
    if (place) page.defaultView.scrollTo(0, place);
    const seen = chosen?.getBoundingClientRect();
    /* (scrollIntoView would scroll this page too, from under a pointer that is about to drag) */
    if (seen && (seen.bottom < 0 || seen.top > page.defaultView.innerHeight)) page.defaultView.scrollBy(0, seen.top);
    page.addEventListener('scroll', () => {
      window.sessionStorage.setItem(placeKey, String(Math.round(page.defaultView.scrollY)));
    }, { passive: true });
  };
  frame.addEventListener('load', opened);
  if (frame.contentDocument?.readyState === 'complete') opened();

  /* The field whose words were clicked gets the focus. */
  const words = window.sessionStorage.getItem('igny8-canvas-words');
  window.sessionStorage.removeItem('igny8-canvas-words');
  if (words) {
    const fields = document.querySelectorAll('#canvas-panel input.form-control, #canvas-panel textarea');
    const field = [...fields].find((one) => one.value.trim() && words.includes(one.value.trim().split('\n')[0]));
    window.addEventListener('load', () => field?.focus()); // once the place in the address has been gone to
  }

  /* Dragging a line of the outline sends the form of its buttons with another place. */
  let dragged = null;
  canvas.querySelectorAll('[data-sortable]').forEach((list) => {
    const lineOf = (event) => event.target.closest?.('li');
    list.addEventListener('dragstart', (event) => {
      dragged = lineOf(event);
      dragged?.classList.add('is-dragged');
      event.dataTransfer.effectAllowed = 'move';
      event.dataTransfer.setData('text/plain', '');
    });
    list.addEventListener('dragover', (event) => {
      const line = lineOf(event);
      if (!line || !dragged || dragged.parentElement !== list) return;
      event.preventDefault();
      list.querySelectorAll('.is-target').forEach((one) => one.classList.remove('is-target'));
      line.classList.add('is-target');
    });
    list.addEventListener('dragend', () => {
      list.querySelectorAll('.is-target, .is-dragged').forEach((one) => one.classList.remove('is-target', 'is-dragged'));
      dragged = null;
    });
    list.addEventListener('drop', (event) => {
      const line = lineOf(event);
      if (!line || !dragged || line === dragged || dragged.parentElement !== list) return;
      event.preventDefault();
      const form = dragged.querySelector('form.mover');
      const place = document.createElement('input');
      Object.assign(place, { type: 'hidden', name: 'to', value: line.querySelector('form.mover').dataset.place });
      form.append(place);
      form.submit();
    });
  });

  /* Ctrl+Z and Ctrl+Y, unless a field has its own. */
  document.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.target.closest('input, textarea, select')) return;
    const key = event.key.toLowerCase() === 'z' && event.shiftKey ? 'y' : event.key.toLowerCase();
    const button = document.querySelector(`button[data-key="${key}"]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  });
})();
