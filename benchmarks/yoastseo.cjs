// Runs the npm package yoastseo (GPL, a yardstick of development only) on papers: JSON lines in, JSON lines out.
// node benchmarks/yoastseo.cjs <folder with node_modules> < papers.jsonl
// A paper is {text, keyword, title, titleWidth, description, slug, permalink}; the answer is {identifier: score}, with
// `ms` for the time that it took.
const path = require('node:path');
const readline = require('node:readline');

const base = path.join(process.argv[2], 'node_modules', 'yoastseo');
const { Paper, SeoAssessor, ContentAssessor } = require(base);
const Researcher = require(path.join(base, 'build/languageProcessing/languages/en/Researcher')).default;
const { build } = require(path.join(base, 'build/parse/build'));
const { LanguageProcessor } = require(path.join(base, 'build/parse/language'));

function results({ text, ...attributes }) {
  const paper = new Paper(text, attributes);
  const started = performance.now();
  const researcher = new Researcher(paper);
  paper.setTree(build(paper, new LanguageProcessor(researcher)));
  const answer = {};
  for (const Assessor of [SeoAssessor, ContentAssessor]) {
    const assessor = new Assessor(researcher);
    assessor.assess(paper);
    for (const result of assessor.getValidResults()) answer[result.getIdentifier()] = result.getScore();
  }
  answer.ms = performance.now() - started;
  return answer;
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  if (line.trim()) console.log(JSON.stringify(results(JSON.parse(line))));
});
