/* The steps of a rule: a new one gets the focus, and each is a place in the browser's history, so that Back goes to the
   step before. Without script, there is a button for that. */
(() => {
  'use strict';
  const form = () => document.getElementById('rule-form');
  const stateOf = (step) => ({ ruleStep: step });
  let shown = form()?.dataset.step;
  let going = null; // the request for another step

  /* Leaving a field is a change of its own: it must not call back the step that the person is going to. */
  document.addEventListener('htmx:beforeRequest', (event) => {
    if (event.detail.elt.name === 'go') going = event.detail.xhr;
  });
  document.addEventListener('htmx:afterRequest', (event) => {
    if (event.detail.xhr === going) going = null;
  });
  document.addEventListener('htmx:confirm', (event) => {
    if (going && event.target.matches('.rule-steps')) event.preventDefault();
  });

  if (shown) window.history.replaceState(stateOf(shown), '');
  document.addEventListener('htmx:afterSettle', () => {
    const step = form()?.dataset.step;
    if (!step || step === shown) return;
    shown = step;
    form().querySelector('.rule-step:not([hidden]) > legend')?.focus();
    if (window.history.state?.ruleStep !== step) window.history.pushState(stateOf(step), '');
  });
  window.addEventListener('popstate', (event) => {
    const step = event.state?.ruleStep;
    const button = step && form()?.querySelector(`.step-nav [value="${step}"]`);
    if (!button) return;
    going = event; // a field that is left now is sent along
    document.activeElement?.blur();
    button.click();
  });
})();
