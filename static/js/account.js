/* Settings on phones: the page that is open is in sight in the row of links above it. */
(() => {
  const here = document.querySelector('.settings-nav [aria-current]');
  const nav = here && here.closest('.settings-nav');
  if (nav && nav.scrollWidth > nav.clientWidth) {
    nav.scrollLeft = here.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;
  }
})();
