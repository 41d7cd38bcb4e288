/* Addresses of videos and the like that WordPress shows as players (oEmbed), the codes that their sites give for pasting,
   and the block that WordPress writes for one. Pure. Exposes window.IGNY8_EMBEDS. */
(function () {
  'use strict';
  const { parse, quiet } = window.IGNY8_FOREIGN;
  /* Those that WordPress knows by itself: slug, name, kind, pattern of the address without its scheme. */
  const PROVIDERS = [
    ['youtube', 'YouTube', 'video', /^(?:(?:www|m)\.)?youtube\.com\/(?:watch\?.*v=|shorts\/|live\/|playlist\?)|^youtu\.be\/./],
    ['vimeo', 'Vimeo', 'video', /^(?:www\.)?vimeo\.com\/(?:\d|channels\/|album\/|groups\/|ondemand\/)/],
    ['dailymotion', 'Dailymotion', 'video', /^(?:www\.)?dailymotion\.com\/video\/|^dai\.ly\/./],
    ['ted', 'TED', 'video', /^(?:www\.)?ted\.com\/talks\/./],
    ['tiktok', 'TikTok', 'video', /^(?:www\.)?tiktok\.com\/@?[^/]+\/video\/\d/],
    ['wordpress-tv', 'WordPress.tv', 'video', /^wordpress\.tv\/\d/],
    ['videopress', 'VideoPress', 'video', /^videopress\.com\/v\/./],
    ['spotify', 'Spotify', 'rich', /^(?:open|play)\.spotify\.com\/(?:intl-\w+\/)?(?:track|album|artist|playlist|show|episode)\/./],
    ['soundcloud', 'SoundCloud', 'rich', /^(?:www\.)?soundcloud\.com\/[^/]+\/./],
    ['mixcloud', 'Mixcloud', 'rich', /^(?:www\.)?mixcloud\.com\/[^/]+\/./],
    ['twitter', 'X', 'rich', /^(?:www\.)?(?:twitter|x)\.com\/\w+\/status\/\d/],
    ['bluesky-social', 'Bluesky', 'rich', /^bsky\.app\/profile\/[^/]+\/post\/./],
    ['reddit', 'Reddit', 'rich', /^(?:www\.)?reddit\.com\/r\/[^/]+\/comments\/./],
    ['flickr', 'Flickr', 'photo', /^(?:www\.)?flickr\.com\/photos\/.|^flic\.kr\/./],
    ['imgur', 'Imgur', 'rich', /^(?:i\.)?imgur\.com\/./],
    ['pinterest', 'Pinterest', 'rich', /^(?:\w+\.)?pinterest\.[a-z.]+\/pin\/./],
    ['issuu', 'Issuu', 'rich', /^(?:www\.)?issuu\.com\/[^/]+\/docs\/./],
    ['scribd', 'Scribd', 'rich', /^(?:www\.)?scribd\.com\/(?:doc|document)\/\d/],
    ['speaker-deck', 'Speaker Deck', 'rich', /^speakerdeck\.com\/[^/]+\/./],
    ['kickstarter', 'Kickstarter', 'rich', /^(?:www\.)?kickstarter\.com\/projects\/./],
  ];
  /* What stands in the codes that people paste, as the address that WordPress knows. */
  const PLAYERS = [
    [/^(?:www\.)?youtube(?:-nocookie)?\.com\/embed\/videoseries\?.*?list=([\w-]+)/, 'https://www.youtube.com/playlist?list=$1'],
    [/^(?:www\.)?youtube(?:-nocookie)?\.com\/embed\/([\w-]{6,})/, 'https://www.youtube.com/watch?v=$1'],
    [/^player\.vimeo\.com\/video\/(\d+)(?:\?h=(\w+))?/, 'https://vimeo.com/$1'],
    [/^(?:www\.|geo\.)?dailymotion\.com\/(?:embed\/video\/|player[^?]*\?video=)(\w+)/, 'https://www.dailymotion.com/video/$1'],
    [/^embed\.ted\.com\/talks\/([\w-]+)/, 'https://www.ted.com/talks/$1'],
    [/^(?:www\.)?tiktok\.com\/embed\/v2\/(\d+)/, 'https://www.tiktok.com/@/video/$1'],
    [/^open\.spotify\.com\/embed\/(\w+\/\w+)/, 'https://open.spotify.com/$1'],
    [/^video(?:press\.com|\.wordpress\.com)\/embed\/(\w+)/, 'https://videopress.com/v/$1'],
  ];
  const bare = (address) => address.replace(/^https?:\/\//i, '');
  const providerOf = (address) => PROVIDERS.find(([, , , pattern]) => pattern.test(bare(address)));

  /** An address that WordPress makes a player of; null for any other text. */
  function known(text) {
    const address = text.trim();
    return /^https?:\/\/[^\s<>"]+$/i.test(address) && providerOf(address) ? address : null;
  }

  function unescaped(text) {
    try { return decodeURIComponent(text); } catch (broken) { return text; }
  }

  function ofPlayer(source) {
    const address = source.replace(/^\/\//, 'https://');
    const inner = /^w\.soundcloud\.com\/player\/?\?.*?url=([^&]+)/.exec(bare(address));
    if (inner) return known(unescaped(inner[1]));
    const [pattern, made] = PLAYERS.find(([one]) => one.test(bare(address))) || [];
    return pattern ? bare(address).match(pattern)[0].replace(pattern, made) : known(address);
  }

  const POSTS = 'blockquote.twitter-tweet, blockquote.tiktok-embed, blockquote.bluesky-embed, blockquote.reddit-embed-bq';

  /** Whether there is nothing beside the frame or the quotation: what is pasted around them is text to keep. */
  function isAlone(html) {
    const root = parse(quiet(html));
    (root.querySelector('iframe[src]') || root.querySelector(POSTS))?.remove();
    return !root.textContent.trim() && !root.querySelector('img, iframe, video, audio, table');
  }

  /** The address in a code for pasting (a frame, or a quotation with a script); null for any other. */
  function ofCode(html) {
    const root = parse(quiet(html));
    const frame = root.querySelector('iframe[src]');
    if (frame) return ofPlayer(frame.getAttribute('src'));
    const post = root.querySelector(POSTS);
    if (!post) return null;
    return [post.getAttribute('cite') || '', ...[...post.querySelectorAll('a')].map((link) => link.href)]
      .map((address) => known(address.replace(/\?ref_src=.*/, ''))).filter(Boolean).pop() || null;
  }

  /** What is pasted, when it is nothing but an address or a code: {address, isCode}; null otherwise. */
  function pasted(html) {
    const text = parse(quiet(html)).textContent.trim();
    const address = known(text);
    if (address) return { address, isCode: false };
    const code = /^<(?:iframe|blockquote)\b[\s\S]*>$/i.test(text) ? text : !text || /<blockquote\b/i.test(html) ? html : '';
    const found = code && isAlone(code) && ofCode(code);
    return found ? { address: found, isCode: true } : null;
  }

  /** The address of a piece that shows as a player: a block of WordPress, or an address on a line of its own. */
  function ofPiece(piece) {
    if (piece.kind === 'block' && (piece.name === 'embed' || piece.name.startsWith('core-embed/'))) {
      const [, json] = /"url":("(?:[^"\\]|\\.)*")/.exec(piece.raw) || [];
      try { return json ? JSON.parse(json) : ''; } catch (broken) { return ''; }
    }
    return piece.kind === 'text' || piece.kind === 'element' ? known(piece.html.replace(/^<p>([\s\S]*)<\/p>$/i, '$1').replace(/&amp;/g, '&')) : null;
  }

  const nameOf = (address) => providerOf(address)?.[1] || gettext('Embed');
  const inJson = (value) => JSON.stringify(value).replace(/--/g, '\\u002d\\u002d').replace(/</g, '\\u003c')
    .replace(/>/g, '\\u003e').replace(/&/g, '\\u0026');

  /** What is stored: the block of WordPress, or in a text without blocks the address on a line of its own. */
  function stored(address, blocks) {
    if (!blocks) return address;
    const [slug, , type] = providerOf(address);
    const wide = type === 'video' ? ' wp-embed-aspect-16-9 wp-has-aspect-ratio' : '';
    const values = { url: address, type, providerNameSlug: slug, responsive: true, ...(wide ? { className: wide.trim() } : {}) };
    const text = address.replace(/&/g, '&amp;');
    return `<!-- wp:embed ${inJson(values)} -->\n<figure class="wp-block-embed is-type-${type} is-provider-${slug} wp-block-embed-${slug}${wide}">`
      + `<div class="wp-block-embed__wrapper">\n${text}\n</div></figure>\n<!-- /wp:embed -->`;
  }

  window.IGNY8_EMBEDS = { known, ofCode, pasted, ofPiece, nameOf, stored };
})();
