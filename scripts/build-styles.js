'use strict';
/**
 * Writes static/vendor/tabler/tabler.min.css: of Tabler's styles (635 KB) what our pages can use. A rule stays when each
 * of its classes stands as a word somewhere in templates/, static/js/ or app/, or in PUT_TOGETHER.
 * Run by `npm run styles`; scripts/setup.sh runs it again when one of those files has changed.
 */
const fs = require('node:fs');
const path = require('node:path');
const { PurgeCSS } = require('purgecss');

const ROOT = path.resolve(__dirname, '..');
const WHOLE = path.join(ROOT, 'node_modules', '@tabler', 'core', 'dist', 'css', 'tabler.min.css');
const USED = path.join(ROOT, 'static', 'vendor', 'tabler', 'tabler.min.css');
const SPEAKERS = ['templates/**/*.html', 'static/js/*.js', 'app/**/*.py'].map((pattern) => path.join(ROOT, pattern));
const PUT_TOGETHER = ['btn-primary', 'btn-ghost', 'btn-link', 'btn-danger'];  // by macros/buttons.html

async function main() {
  const [{ css }] = await new PurgeCSS().purge({ content: SPEAKERS, css: [WHOLE], safelist: PUT_TOGETHER });
  fs.mkdirSync(path.dirname(USED), { recursive: true });
  // Source maps are not shipped, so the comment that points to them would answer 404.
  fs.writeFileSync(`${USED}.new`, css.replace(/\n?\/\*# sourceMappingURL=.*?\*\/\s*$/, '\n'));
  fs.renameSync(`${USED}.new`, USED);
}

main();
