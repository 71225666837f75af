// Draws what the server has worked out: an element with data-chart names the JSON that ECharts is told. Without a script the table
// beside it says the same.
(() => {
  "use strict";
  const ROW = 34;
  const AROUND = 96;
  const LEAST = 180;

  for (const place of document.querySelectorAll("[data-chart]")) {
    const option = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    // What is stacked shares a row.
    const beside = option.series.filter((one) => !one.stack).length || 1;
    const rows = option.yAxis ? option.yAxis.data.length * beside : 12;
    place.hidden = false;
    place.style.height = `${Math.max(LEAST, AROUND + rows * ROW)}px`;
    const chart = window.echarts.init(place, null, { renderer: "svg" });
    chart.setOption(option);
    new ResizeObserver(() => chart.resize()).observe(place);
  }
})();
