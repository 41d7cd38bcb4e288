/* The brief: sections moved by keys, Enter in the search for pages, and what moved counts as a change. */
(function () {
  'use strict';
  const form = document.getElementById('brief-form');
  if (!form) return;

  form.addEventListener('keydown', (event) => {
    const { target, key } = event;
    if (key === 'Enter' && target.dataset.enterClicks) {
      event.preventDefault();
      document.getElementById(target.dataset.enterClicks)?.click();
    }
    if (event.altKey && (key === 'ArrowUp' || key === 'ArrowDown')) {
      const section = target.closest('.outline-list > li');
      const button = section?.querySelector(`button[value^="${key === 'ArrowUp' ? 'up' : 'down'}:"]`);
      if (!button) return;
      event.preventDefault();
      button.focus();
      button.click();
    }
  });

  document.addEventListener('htmx:afterSwap', (event) => {
    if (event.target.id === 'brief-outline') form.setAttribute('data-dirty', '');
  });
})();
