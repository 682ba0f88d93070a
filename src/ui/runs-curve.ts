/** Success of several runs by iteration on one canvas: colour and dash tell them apart, names stand at the ends. */
import uPlot from 'uplot';
import type { Metrics } from '../types.ts';
import { nudged, scaled, ticks } from './canvas.ts';
import { percent } from './text.ts';

export interface Line {
  name: string;
  metrics: readonly Metrics[];
  /** 1 to 5: which of the run colours and dashes. */
  style: number;
}

export const dashes: Record<number, number[]> = { 1: [], 2: [6, 4], 3: [2, 3], 4: [12, 4], 5: [8, 3, 2, 3] };

export function makeRunsCurve(target: HTMLElement, width: number, lines: readonly Line[], colour: (token: string) => string): uPlot {
  const family = getComputedStyle(target).fontFamily;
  const axis = { font: `13px ${family}`, stroke: () => colour('--ink-3'), ticks: { show: false } };
  const measured = lines.map(({ metrics }) =>
    metrics.flatMap((m) => (m.evaluation ? [{ x: m.iteration, y: m.evaluation.success * 100 }] : [])),
  );
  const end = Math.max(1, ...measured.flat().map(({ x }) => x));
  const tables = measured.map((points) => [points.map(({ x }) => x), points.map(({ y }) => y)] as uPlot.AlignedData);
  const labels = width < 480 ? 96 : 180;
  return new uPlot(
    {
      width,
      height: 300,
      padding: [12, labels, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, range: [0, end] }, y: { range: [0, 100] } },
      axes: [
        {
          ...axis,
          size: 26,
          gap: 6,
          grid: { show: false },
          splits: () => ticks(end),
          values: (_u, splits) => splits.map((s, i) => (i === splits.length - 1 ? `iteration ${s}` : String(s))),
        },
        {
          ...axis,
          size: 56,
          gap: 8,
          grid: { stroke: () => colour('--line'), width: 1 },
          splits: () => [0, 25, 50, 75, 100],
          values: () => ['0', '25', '50', '75', '100 %'],
        },
      ],
      series: [
        {},
        ...lines.map(({ style }) => ({
          stroke: () => colour(`--run-${style}`),
          width: style === 1 ? 2.5 : 2,
          dash: dashes[style],
          spanGaps: true,
          points: { show: true, size: 5, width: 0, fill: () => colour(`--run-${style}`) },
        })),
      ],
      hooks: { draw: [(u) => drawNames(u, lines, measured, colour, `600 14px ${family}`)] },
    },
    tables.length === 1 ? (tables[0] as uPlot.AlignedData) : uPlot.join(tables),
    target,
  );
}

function drawNames(
  u: uPlot,
  lines: readonly Line[],
  measured: { x: number; y: number }[][],
  colour: (token: string) => string,
  font: string,
): void {
  const { ctx } = u;
  const ends = measured.map((points) => points.at(-1));
  const heights = nudged(
    ends.map((end) => (end ? u.valToPos(end.y, 'y', true) : -1000)),
    18 * devicePixelRatio,
  );
  ctx.save();
  ctx.font = scaled(font);
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  lines.forEach(({ name, style }, i) => {
    const end = ends[i];
    if (!end) return;
    ctx.fillStyle = colour(`--run-${style}`);
    ctx.fillText(`${name} ${percent(end.y / 100)}`, u.valToPos(end.x, 'x', true) + 8 * devicePixelRatio, heights[i] as number);
  });
  ctx.restore();
}
