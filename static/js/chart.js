// Draws what the server has worked out: an element with data-chart names the JSON that ECharts is told. Without a script the table
// beside it says the same.
(() => {
  "use strict";
  const ROW = 34;
  const AROUND = 96;
  const LEAST = 180;
  // Of a legend, about: its sign with what is around it, and a letter.
  const SIGN = 44;
  const LETTER = 7.5;
  const LINE = 22;
  const NARROW = 600;

  // A name that is wider than the picture, in as many lines as it takes.
  const broken = (name, width) => {
    const most = Math.floor((width - SIGN) / LETTER);
    const lines = [""];
    for (const word of name.split(" ")) {
      const last = lines.length - 1;
      if (lines[last] && lines[last].length + 1 + word.length > most) lines.push(word);
      else lines[last] += (lines[last] ? " " : "") + word;
    }
    return lines;
  };

  const linesOf = (option, width) => {
    if (!option.legend) return 0;
    const names = option.legend.data || option.series.map((one) => one.name);
    let lines = 1;
    let used = 0;
    for (const name of names) {
      const wide = SIGN + name.length * LETTER;
      if (used && used + wide > width) {
        lines += 1;
        used = 0;
      }
      used += wide;
      lines += broken(name, width).length - 1;
    }
    return lines;
  };

  // A phone has no room for a legend in one line, nor for long names on both sides of a flow.
  const fitted = (option, width) => {
    const found = { ...option };
    if (option.legend) {
      found.legend = { ...option.legend, formatter: (name) => broken(name, width).join("\n"), textStyle: { lineHeight: 17 } };
      found.grid = { ...option.grid, top: linesOf(option, width) * LINE + (option.yAxis?.name ? 32 : 20) };
    }
    if (width < NARROW) {
      const small = { overflow: "break", fontSize: 12, lineHeight: 15 };
      if (option.series[0].type === "sankey") {
        const label = { ...option.series[0].label, width: 126, ...small };
        found.series = [{ ...option.series[0], left: 0, right: 144, label }];
      } else if (option.yAxis?.data) {
        found.yAxis = { ...option.yAxis, axisLabel: { ...option.yAxis.axisLabel, width: 126, ...small } };
        found.grid = { ...(found.grid || option.grid), left: 0, right: 12 };
      }
    }
    return found;
  };

  for (const place of document.querySelectorAll("[data-chart]")) {
    const option = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    // What is stacked shares a row.
    const beside = new Set(option.series.map((one, place) => one.stack || place)).size;
    const rows = option.yAxis?.data ? option.yAxis.data.length * beside : 10;
    const high = () => Math.max(LEAST, AROUND + Math.max(0, linesOf(option, place.clientWidth) - 1) * LINE + rows * ROW);
    place.closest("figure").hidden = false;
    place.style.height = `${high()}px`;
    const chart = window.echarts.init(place, null, { renderer: "svg" });
    chart.setOption(fitted(option, place.clientWidth));
    new ResizeObserver(() => {
      place.style.height = `${high()}px`;
      chart.resize();
      chart.setOption(fitted(option, place.clientWidth));
    }).observe(place);
  }
})();
