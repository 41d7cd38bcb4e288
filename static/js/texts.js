/* Texts of scripts in the person's language. They are in English in the source; other languages come from
   static/vendor/texts/<language>.js, which scripts/build_texts.py makes of translations/.
   Exposes gettext(text, values) and ngettext(one, many, count, values), which fill in %(name)s, and localNumber(number). */
(function () {
  'use strict';

  const { texts = {}, plurals = '' } = window.IGNY8_TEXTS || {};
  const language = document.documentElement.lang || 'en';
  /* Which form a count takes: `plurals` has that of 0 to 199, from where on it repeats with each hundred. */
  const formOf = (count) => Number(plurals[count < 200 ? count : 100 + (count % 100)] ?? (count === 1 ? 0 : 1));
  const filled = (text, values) => text.replace(/%\((\w+)\)s/g, (mark, name) => (name in values ? values[name] : mark));

  window.localNumber = (number) => number.toLocaleString(language);
  window.gettext = (text, values = {}) => filled(texts[text]?.[0] || text, values);
  window.ngettext = (one, many, count, values = {}) => {
    const spoken = texts[one]?.[formOf(count)] || (count === 1 ? one : many);
    return filled(spoken, { count: window.localNumber(count), ...values });
  };
}());
