/* What can be put into the text: the menu Insert, and the same after a slash at the start of an empty paragraph (arrows,
   Enter, Esc). Links and tables have dialogs of ours. Exposes window.IGNY8_INSERT, which editor.js calls. */
(function () {
  'use strict';
  const { known } = window.IGNY8_EMBEDS;
  const FAQ = '<h2>Frequently asked questions</h2><h3>Question</h3><p>Answer</p>';
  const CODE = '<pre class="wp-block-code"><code>Code</code></pre>';
  let editor = null;
  let shown = null; // the dialog that is open, and where the caret was
  const open = (name) => { shown = editor.selection.getBookmark(2, true); window.IGNY8_DIALOGS.open(name); };
  const run = (command, value, ...more) => () => { editor.focus(); editor.execCommand(command, false, value, ...more); };

  const blockOf = (node) => editor.dom.getParent(node, (one) => one.parentNode === editor.getBody());
  const isBlank = (block) => block?.nodeName === 'P' && !block.textContent.replace(/[\s\ufeff\u00a0]/g, '') && !block.querySelector('img');

  /** Put blocks after the one with the caret, or in the place of an empty one; an empty paragraph to go on in follows. */
  function insertBlocks(html, { at = blockOf(editor.selection.getNode()), select = false } = {}) {
    const holder = document.createElement('template');
    holder.innerHTML = html;
    const nodes = [...holder.content.children];
    editor.undoManager.transact(() => {
      const block = at || editor.getBody().lastElementChild;
      if (block) block.after(...nodes); else editor.getBody().append(...nodes);
      if (isBlank(block)) block.remove();
      const last = nodes.at(-1);
      if (!isBlank(last.nextElementSibling)) last.after(editor.dom.create('p', {}, '<br>'));
      if (select) editor.selection.select(nodes.at(-2)?.firstChild || last.querySelector('code') || last, true);
      else editor.selection.setCursorLocation(last.nextElementSibling, 0);
    });
    editor.nodeChanged();
    editor.focus();
    editor.selection.scrollIntoView();
  }

  const ITEMS = [
    [gettext('Image'), 'image', gettext('upload, from this computer'), () => document.getElementById('insert-images').click()],
    [gettext('Image library'), 'gallery', gettext('images of the site'), () => open('library-dialog')],
    [gettext('Video or embed'), 'embed', 'YouTube, Vimeo, Spotify, X', () => open('embed-dialog')],
    [gettext('Link to a page'), 'link', gettext('search the site’s contents'), () => open('link-dialog')],
    [gettext('Heading 2'), 'h2', '', () => run('FormatBlock', 'h2')()],
    [gettext('Heading 3'), 'h3', '', () => run('FormatBlock', 'h3')()],
    [gettext('Bulleted list'), 'unordered-list', '', () => run('InsertUnorderedList')()],
    [gettext('Numbered list'), 'ordered-list', '', () => run('InsertOrderedList')()],
    [gettext('Quote'), 'quote', '', () => run('FormatBlock', 'blockquote')()],
    [gettext('Table'), 'table', '', () => run('mceInsertTable', { rows: 3, columns: 3, options: { headerRows: 1 } })()],
    [gettext('Code'), 'sourcecode', '', () => insertBlocks(CODE, { select: true })],
    [gettext('Questions and answers'), 'help', 'FAQ', () => insertBlocks(FAQ, { select: true })],
    [gettext('Separator'), 'horizontal-rule', gettext('line'), () => insertBlocks('<hr>')],
  ];
  const matching = (words) => ITEMS.filter(([name, , more]) => `${name} ${more}`.toLowerCase().includes(words.trim().toLowerCase()));

  function slash(registry) {
    registry.addAutocompleter('igny8slash', {
      trigger: '/',
      minChars: 0,
      maxResults: ITEMS.length,
      columns: 1,
      matches: (range, text, pattern) => {
        const block = blockOf(range.startContainer);
        return block?.nodeName === 'P' && block.textContent.replace(/\ufeff/g, '') === `/${pattern}`;
      },
      fetch: async (pattern) => matching(pattern).map(([name, icon]) => ({ value: name, text: name, icon })),
      onAction: (api, range, name) => {
        /* Who types fast presses Enter before the list has followed: the words that stand there now decide. */
        const block = blockOf(range.startContainer);
        const offered = matching(block.textContent.replace(/\ufeff/g, '').slice(1));
        const chosen = offered.find(([other]) => other === name) || offered[0];
        api.hide();
        if (!chosen) return;
        editor.selection.select(block, true);
        editor.execCommand('Delete');
        chosen[3]();
      },
    });
  }

  /* The list after a slash is told to screen readers as a list box whose options are gone through. */
  const watch = new MutationObserver(() => tellOptions());
  function tellOptions() {
    const list = document.querySelector('.tox-autocompleter [role="menu"], .tox-autocompleter [role="listbox"]');
    if (!list) return;
    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', gettext('Insert'));
    for (const item of list.querySelectorAll('[role="menuitem"]')) item.setAttribute('role', 'option');
    for (const item of list.querySelectorAll('[role="option"]')) item.setAttribute('aria-selected', String(item.matches('.tox-collection__item--active')));
    editor.getBody().setAttribute('aria-activedescendant', list.querySelector('[aria-selected="true"]')?.id || '');
    watch.observe(list, { subtree: true, attributes: true, attributeFilter: ['class'] });
  }
  function options() {
    editor.on('AutocompleterStart AutocompleterUpdate', () => setTimeout(tellOptions));
    editor.on('AutocompleterEnd', () => { watch.disconnect(); editor.getBody().removeAttribute('aria-activedescendant'); });
  }

  /** An address on a line of its own becomes a player with Enter, a pasted one at once. */
  function embedsByThemselves(host) {
    editor.on('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isDefaultPrevented()) return;
      const block = blockOf(editor.selection.getNode());
      const address = block?.nodeName === 'P' && !block.querySelector('img') && known(block.textContent.replace(/\ufeff/g, ''));
      if (!address) return;
      event.preventDefault();
      host.embed(address, block);
    });
  }

  function setup(instance, host) {
    editor = instance;
    const { registry } = instance.ui;
    registry.addMenuButton('igny8insert', {
      text: gettext('Insert'),
      tooltip: gettext('Insert'),
      fetch: (done) => done(ITEMS.map(([text, icon, , onAction]) => ({ type: 'menuitem', text, icon, onAction }))),
    });
    registry.addToggleButton('igny8link', {
      icon: 'link',
      tooltip: gettext('Link (Ctrl+K)'),
      onAction: () => open('link-dialog'),
      onSetup: (api) => instance.selection.selectorChangedWithUnbind('a[href]', api.setActive).unbind,
    });
    registry.addButton('igny8find', {
      icon: 'search',
      tooltip: gettext('Find and replace (Ctrl+F)'),
      onAction: () => document.getElementById('editor-form').dispatchEvent(new CustomEvent('openFind')),
    });
    slash(registry);
    options();
    embedsByThemselves(host);
    instance.on('keydown', (event) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation(); // elsewhere it opens the finder
      open('link-dialog');
    });
  }

  /** Go on where the caret was when the dialog was opened. */
  function goBack() {
    editor.focus();
    if (shown) editor.selection.moveToBookmark(shown);
    shown = null;
  }

  window.IGNY8_INSERT = { setup, insertBlocks, blockOf, isBlank, goBack };
})();
