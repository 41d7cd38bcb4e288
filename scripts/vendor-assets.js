'use strict';
/**
 * Copies the front-end packages that the pages use from node_modules into static/vendor
 * (git-ignored) and builds the style sheet of the icons. Run by `npm run vendor` after `npm ci --ignore-scripts`;
 * Tabler's styles come after it, by `npm run styles`.
 * The folder is built beside the old one and swapped in at the end, so an interrupted run leaves
 * the old assets whole.
 */
const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.resolve(__dirname, '..');
const MODULES = path.join(ROOT, 'node_modules');
const VENDOR = path.join(ROOT, 'static', 'vendor');
const STAGING = `${VENDOR}.new`;

const FILES = {
  'htmx.org/dist/htmx.min.js': 'htmx/htmx.min.js',
  'idiomorph/dist/idiomorph-ext.min.js': 'idiomorph/idiomorph-ext.min.js',
  'uplot/dist/uPlot.iife.min.js': 'uplot/uPlot.iife.min.js',
  'uplot/dist/uPlot.min.css': 'uplot/uPlot.min.css',
  'hugerte/hugerte.min.js': 'hugerte/hugerte.min.js',
};

const HUGERTE_FOLDERS = [
  'icons/default', 'models/dom', 'themes/silver',
  'skins/ui/oxide', 'skins/ui/oxide-dark', 'skins/content/default', 'skins/content/dark',
  'plugins/autolink', 'plugins/lists', 'plugins/table',
];

function copy(from, to) {
  const source = path.join(MODULES, from);
  if (!fs.existsSync(source)) {
    throw new Error(`${from} is missing from node_modules. Run "npm ci --ignore-scripts" first.`);
  }
  const target = path.join(STAGING, to);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.cpSync(source, target, { recursive: true });
}

/** Source maps are not shipped, so the comments that point to them would answer 404. */
function stripSourceMapComment(file) {
  const text = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, text.replace(/\n?(\/\*# sourceMappingURL=.*?\*\/|\/\/# sourceMappingURL=.*)\s*$/, '\n'));
}

function iconNames() {
  return fs.readFileSync(path.join(ROOT, 'static', 'img', 'icons.txt'), 'utf8')
    .split('\n').map((line) => line.trim()).filter((line) => line && !line.startsWith('#'));
}

/** A rule that draws one icon as a mask, in the colour of the text around it: `<i class="icon i-plus"></i>`. */
function rule(name) {
  const file = path.join(MODULES, '@tabler', 'icons', 'icons', 'outline', `${name}.svg`);
  if (!fs.existsSync(file)) {
    throw new Error(`There is no Tabler icon "${name}". Correct static/img/icons.txt.`);
  }
  const svg = fs.readFileSync(file, 'utf8');
  const inner = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>')).trim()
    .replace('<path stroke="none" d="M0 0h24v24H0z" fill="none"/>', '').replace(/\s*\n\s*/g, '');
  const whole = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#000" stroke-width="1.75" '
    + `stroke-linecap="round" stroke-linejoin="round">${inner}</svg>`;
  const text = whole.replaceAll('"', "'").replaceAll('#', '%23').replaceAll('<', '%3C').replaceAll('>', '%3E');
  return `.i-${name}{--icon:url("data:image/svg+xml,${text}")}`;
}

function buildIcons() {
  fs.writeFileSync(path.join(STAGING, 'icons.css'), `${iconNames().map(rule).join('\n')}\n`);
}

function main() {
  fs.rmSync(STAGING, { recursive: true, force: true });
  for (const [from, to] of Object.entries(FILES)) copy(from, to);
  for (const folder of HUGERTE_FOLDERS) copy(`hugerte/${folder}`, `hugerte/${folder}`);
  for (const file of Object.values(FILES)) stripSourceMapComment(path.join(STAGING, file));
  buildIcons();
  fs.rmSync(VENDOR, { recursive: true, force: true });
  fs.renameSync(STAGING, VENDOR);
  console.log(`Front-end assets are in ${path.relative(process.cwd(), VENDOR) || VENDOR}`);
}

main();
