/* Bars over days, drawn by uPlot from the table that says the same: <div data-chart="id of the table"
   data-since data-until>. One series for each column, stacked. Days without a row are zero. */
(function () {
  'use strict';
  const drawn = new Map();
  const DAY = 86400;
  const at = (iso) => Date.parse(`${iso}T00:00:00Z`) / 1000;
  const number = (text) => Number(text.replace(/[^\d.-]/g, '')) || 0;

  function read(box) {
    const table = document.getElementById(box.dataset.chart);
    if (!table) return null;
    const labels = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
    const days = [];
    for (let day = at(box.dataset.since); day <= at(box.dataset.until); day += DAY) days.push(day);
    const values = labels.map(() => days.map(() => 0));
    for (const row of table.tBodies[0].rows) {
      const place = days.indexOf(at(row.cells[0].dataset.day));
      if (place >= 0) labels.forEach((_, series) => { values[series][place] = number(row.cells[series + 1].textContent); });
    }
    return { labels, days, values };
  }

  function stacked(values) {
    const sums = [];
    values.forEach((series, index) => sums.push(series.map((value, day) => value + (index ? sums[index - 1][day] : 0))));
    return sums;
  }

  function draw(box) {
    const data = read(box);
    if (!data || !window.uPlot) return;
    drawn.get(box)?.destroy();
    const style = getComputedStyle(box);
    /* light-dark() is only worked out where a property uses it. */
    const probe = document.createElement('span');
    box.append(probe);
    const colour = (name) => { probe.style.color = `var(${name})`; return getComputedStyle(probe).color; };
    const text = colour('--ig-text-2');
    const line = colour('--ig-line');
    const fills = data.labels.map((_, index) => colour(`--chart-${(index % 6) + 1}`));
    probe.remove();
    const sums = stacked(data.values);
    const order = data.labels.map((_, index) => index).reverse(); /* the tallest first, the others on top of it */
    const axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: `12px ${style.fontFamily}` };
    const language = document.documentElement.lang || 'en';
    const word = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, { day: 'numeric', month: 'short', timeZone: 'UTC' });
    const chart = new window.uPlot({
      width: box.clientWidth,
      height: 192,
      tzDate: (stamp) => window.uPlot.tzDate(new Date(stamp * 1000), 'Etc/UTC'),
      cursor: { drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { range: (_, from, to) => [from - DAY * 0.6, to + DAY * 0.6] }, y: { range: (_, __, top) => [0, (top || 1) * 1.1] } },
      axes: [{ ...axis, grid: { show: false }, values: (_, marks) => marks.map((mark) => word.format(mark * 1000)) },
        { ...axis, label: box.dataset.unit || gettext('Credits'), labelSize: 18, labelFont: `12px ${style.fontFamily}`, size: 48 }],
      series: [{ label: gettext('Day'), value: (_, stamp) => (stamp === null ? '' : word.format(stamp * 1000)) },
        ...order.map((index) => ({
          label: data.labels[index], fill: fills[index], stroke: fills[index], width: 0,
          paths: window.uPlot.paths.bars({ size: [0.7, 28] }), points: { show: false },
          value: (_, __, ___, place) => (place === null ? '' : data.values[index][place].toLocaleString(language)),
        }))],
    }, [data.days, ...order.map((index) => sums[index])], box);
    drawn.set(box, chart);
  }

  function drawAll() {
    for (const [box, chart] of drawn) {
      if (!box.isConnected) { chart.destroy(); drawn.delete(box); }
    }
    document.querySelectorAll('[data-chart]').forEach(draw);
  }

  let waiting = null;
  window.addEventListener('resize', () => { clearTimeout(waiting); waiting = setTimeout(drawAll, 150); });
  document.addEventListener('DOMContentLoaded', drawAll);
  document.addEventListener('htmx:afterSettle', (event) => { if (event.target.querySelector?.('[data-chart]')) drawAll(); });
  document.addEventListener('schemeChanged', drawAll);
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
})();
