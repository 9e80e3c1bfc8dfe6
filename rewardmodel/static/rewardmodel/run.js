/* A run's curves. htmx brings new points every two seconds while the run goes on; the charts stay and take them in. */

const HEIGHT = 220;
const WHOLE_STEPS = [1, 10, 100, 1000, 10_000, 100_000].flatMap((power) => [power, 2 * power, 5 * power]);
const charts = new Map();
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function draw() {
  const { loss, accuracy } = document.querySelector("[data-curves]").dataset;
  const points = { loss: JSON.parse(loss), accuracy: JSON.parse(accuracy) };
  const area = document.querySelector("[data-charts]");
  area.hidden = points.loss.length === 0 && points.accuracy.length === 0;
  for (const place of area.querySelectorAll("[data-chart]")) {
    const name = place.dataset.chart;
    place.parentElement.hidden = points[name].length === 0;
    if (points[name].length) plot(place, name, points[name]);
  }
}

function plot(place, name, points) {
  const data = [points.map(([step]) => step), points.map(([, value]) => value)];
  if (charts.has(name)) charts.get(name).setData(data);
  else charts.set(name, new uPlot(options(place, name), data, place));
}

function options(place, name) {
  // A token's own text is light-dark(…), which no canvas understands; as somebody's colour it is worked out.
  const colour = (token) => {
    place.style.color = `var(${token})`;
    return getComputedStyle(place).color;
  };
  const axis = { stroke: colour("--ink-soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const share = name === "accuracy";
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false }, y: share ? { range: [0, 1] } : {} },
    axes: [{ ...axis, size: 32, incrs: WHOLE_STEPS }, { ...axis, values: (_, ticks) => ticks.map((tick) => (share ? `${Math.round(tick * 100)} %` : tick)) }],
    series: [{}, { stroke: colour(share ? "--chart-2" : "--chart-1"), width: 2, points: { size: 6 } }],
  };
}

function redraw() {
  charts.forEach((chart) => chart.destroy());
  charts.clear();
  draw();
}

draw();
document.body.addEventListener("htmx:afterSettle", draw);
dark.addEventListener("change", redraw);
// Each place for itself: the second chart comes during the run and halves the first one's, the area staying as wide.
const resizing = new ResizeObserver(() => {
  for (const chart of charts.values()) chart.setSize({ width: chart.root.parentElement.clientWidth, height: HEIGHT });
});
document.querySelectorAll("[data-chart]").forEach((place) => resizing.observe(place));
