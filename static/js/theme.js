/* Runs before the first paint: the remembered colour scheme and the width of the navigation. */
(function () {
  'use strict';
  var root = document.documentElement;
  var read = function (key) {
    try { return localStorage.getItem(key); } catch (blocked) { return null; }
  };
  var scheme = read('igny8-scheme');
  if (scheme === 'light' || scheme === 'dark') root.dataset.scheme = scheme;
  if (read('igny8-nav') === 'slim') root.dataset.nav = 'slim';
  root.dataset.js = '';
})();
