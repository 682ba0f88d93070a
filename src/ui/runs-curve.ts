/** Success of several runs along one axis on one canvas: colour and dash tell them apart, names stand at the ends where there is room. */
import uPlot from 'uplot';
import { nudged, scaled, ticks, widest, withAlpha } from './canvas.ts';
import type { Point } from './compare.ts';
import { compact } from './text.ts';

export interface Line {
  name: string;
  points: readonly Point[];
  /** 1 to 6: which of the run colours and dashes. */
  style: number;
}

export const dashes: Record<number, number[]> = { 1: [], 2: [6, 4], 3: [2, 3], 4: [12, 4], 5: [8, 3, 2, 3], 6: [2, 2, 8, 2] };

export interface RunsCurveOptions {
  width: number;
  lines: readonly Line[];
  /** Names beside the ends of the lines; else the page lists them. */
  namesAtEnds: boolean;
  /** Bands of all lines, or only of the first. */
  allBands: boolean;
  colour: (token: string) => string;
  onCursor: (x: number | null) => void;
}

export function makeRunsCurve(target: HTMLElement, { width, lines, namesAtEnds, allBands, colour, onCursor }: RunsCurveOptions): uPlot {
  const family = getComputedStyle(target).fontFamily;
  const font = `600 14px ${family}`;
  const axis = { font: `13px ${family}`, stroke: () => colour('--ink-3'), ticks: { show: false } };
  const end = Math.max(1, ...lines.flatMap(({ points }) => points.map(({ x }) => x)));
  // Names that end near the right edge are written outside the plot: as wide as the widest of them.
  const outside = 16 + (namesAtEnds ? widest(lines.map(nameOf), font) : 0);
  const tables = lines.map(({ points }) => {
    const column = (of: (p: Point) => number) => points.map(of);
    return [column((p) => p.x), column((p) => p.low), column((p) => p.high), column((p) => p.y)] as uPlot.AlignedData;
  });
  return new uPlot(
    {
      width,
      height: namesAtEnds ? 320 : 260,
      padding: [12, outside, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: false, range: [0, end] }, y: { range: [0, 100] } },
      axes: [
        {
          ...axis,
          size: 26,
          gap: 6,
          grid: { show: false },
          splits: () => (end > 3 ? ticks(Math.floor(end), 0.15) : [0, end]),
          values: (_u, splits) => splits.map((s) => (Number.isInteger(s) ? compact(s) : s.toFixed(1))),
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
        ...lines.flatMap(({ style }) => [
          { stroke: 'transparent', spanGaps: true, points: { show: false } },
          { stroke: 'transparent', spanGaps: true, points: { show: false } },
          {
            stroke: () => colour(`--run-${style}`),
            width: style === 1 ? 2.5 : 2,
            dash: dashes[style],
            spanGaps: true,
            points: { show: true, size: 5, width: 0, fill: () => colour(`--run-${style}`) },
          },
        ]),
      ],
      bands: lines.flatMap(({ style }, i) =>
        allBands || i === 0
          ? [{ series: [3 * i + 2, 3 * i + 1] as [number, number], fill: () => withAlpha(colour(`--run-${style}`), 0.1) }]
          : [],
      ),
      hooks: {
        draw: namesAtEnds ? [(u) => drawNames(u, lines, colour, font)] : [],
        setCursor: [(u) => onCursor(u.cursor.left === undefined || u.cursor.left < 0 ? null : u.posToVal(u.cursor.left, 'x'))],
      },
    },
    tables.length === 1 ? (tables[0] as uPlot.AlignedData) : uPlot.join(tables),
    target,
  );
}

const nameOf = ({ name, points }: Line): string => `${name} ${Math.round(points.at(-1)?.y ?? 0)}`;

/** The name of each line at its end: outside where it reaches the right edge, else above the line. */
function drawNames(u: uPlot, lines: readonly Line[], colour: (token: string) => string, font: string): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.setLineDash([]);
  ctx.font = scaled(font);
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  const ends = lines.map(({ points }) => points.at(-1));
  const heights = nudged(
    ends.map((end) => (end ? u.valToPos(end.y, 'y', true) : -1e4)),
    18 * ratio,
  );
  lines.forEach((line, i) => {
    const end = ends[i];
    if (!end) return;
    const x = u.valToPos(end.x, 'x', true) + 8 * ratio;
    const y = Math.max(heights[i] as number, bbox.top + 8 * ratio);
    // A shorter line ends among the others: they must not cut through its name.
    ctx.strokeStyle = colour('--paper');
    ctx.lineWidth = 4 * ratio;
    ctx.lineJoin = 'round';
    ctx.strokeText(nameOf(line), x, y);
    ctx.fillStyle = colour(`--run-${line.style}`);
    ctx.fillText(nameOf(line), x, y);
  });
  ctx.restore();
}
