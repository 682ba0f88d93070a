/** The curve of success and the staff of rule edits under it, drawn by uPlot on one canvas with one x. */
import uPlot from 'uplot';
import type { Metrics } from '../types.ts';
import { highest, nudged, scaled, ticks, widest, withAlpha } from './canvas.ts';
import { staffs } from './marks.ts';
import { smoothed } from './smooth.ts';
import { curve as text, percent } from './text.ts';

const STAFF_GAP = 16;
const STAFF_TOP = 44;
export const CURVE_HEIGHT = 340;
export const CURVE_HEIGHT_NARROW = 310;

/** Another run, drawn dashed behind this one. */
export interface Baseline {
  name: string;
  metrics: readonly Metrics[];
}

const share = (value: number | undefined | null) => (value === undefined || value === null ? null : value * 100);
const SMOOTHING = 0.7;

/** Columns: x, validation, its interval, training raw and smoothed, the baseline's validation. Null where nothing was measured. */
export function columns(metrics: readonly Metrics[], baseline: Baseline | null): uPlot.AlignedData {
  const other = new Map(baseline?.metrics.map((m) => [m.iteration, m]));
  const own = new Map(metrics.map((m) => [m.iteration, m]));
  const xs = [...new Set([...own.keys(), ...other.keys()])].sort((a, b) => a - b);
  const rows = xs.map((x) => own.get(x));
  const raw = rows.map((m) => (m && m.episodes > 0 ? share(m.trainSuccess) : null));
  return [
    xs,
    rows.map((m) => share(m?.evaluation?.success)),
    rows.map((m) => share(m?.evaluation?.ci95[0])),
    rows.map((m) => share(m?.evaluation?.ci95[1])),
    raw,
    smoothed(raw, SMOOTHING),
    xs.map((x) => share(other.get(x)?.evaluation?.success)),
  ];
}

/** What stands under the cursor, or at the last iteration. */
export function reading(m: Metrics, baseline: Baseline | null): string {
  const edits = staffs.flatMap(({ op, label }) => (m.edits[op] ? [`${m.edits[op]} ${label}`] : []));
  return [
    text.at(m.iteration),
    m.evaluation ? text.ofValidation(percent(m.evaluation.success)) : null,
    m.episodes > 0 ? text.ofTraining(percent(m.trainSuccess)) : null,
    lastMeasured(baseline, m.iteration),
    m.update ? text.update(m.update.kl.toPrecision(2), m.update.entropy.toFixed(2)) : null,
    edits.length ? text.edits(edits.join(', ')) : null,
  ]
    .filter(Boolean)
    .join(' · ');
}

function lastMeasured(baseline: Baseline | null, iteration: number): string | null {
  const found = baseline?.metrics.findLast((m) => m.evaluation && m.iteration <= iteration)?.evaluation;
  return baseline && found ? `${baseline.name} ${percent(found.success)} %` : null;
}

export interface CurveOptions {
  width: number;
  iterations: number;
  name: string;
  /** Resolves a colour token for the canvas, which knows no custom properties. */
  colour: (token: string) => string;
  metrics: () => readonly Metrics[];
  baseline: Baseline | null;
  /** The iteration under the cursor. */
  onCursor: (iteration: number | null) => void;
}

export function makeCurve(target: HTMLElement, { width, iterations, name, colour, metrics, baseline, onCursor }: CurveOptions): uPlot {
  const font = `13px ${getComputedStyle(target).fontFamily}`;
  const bold = `600 15px ${getComputedStyle(target).fontFamily}`;
  const narrow = width < 480;
  const axis = { font, stroke: () => colour('--ink-3'), ticks: { show: false } };
  const plot = new uPlot(
    {
      width,
      height: narrow ? CURVE_HEIGHT_NARROW : CURVE_HEIGHT,
      // Above, room for the name of a line that ends at 100 %; at the right, half of the last label stands beyond the axis.
      padding: [28, Math.ceil(widest([text.lastTick(iterations)], font) / 2) + 2, STAFF_GAP * staffs.length + 10, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: false, range: [0, Math.max(1, iterations)] }, y: { range: [0, 100] } },
      axes: [
        {
          ...axis,
          size: 26,
          gap: 6,
          grid: { show: false },
          values: (_u, splits) =>
            splits.map((s) => (Number.isInteger(s) ? (s === splits.at(-1) && s === iterations ? text.lastTick(s) : String(s)) : '')),
          splits: () => ticks(iterations, 0.19),
          space: 40,
        },
        {
          ...axis,
          size: Math.max(
            56,
            12 +
              widest(
                staffs.map(({ label }) => label),
                font,
              ),
          ),
          gap: 8,
          grid: { stroke: () => colour('--line'), width: 1 },
          splits: () => [0, 25, 50, 75, 100],
          values: () => ['0', '', '50', '', '100 %'],
        },
      ],
      series: [
        {},
        {
          stroke: () => colour('--run-1'),
          width: 2.5,
          spanGaps: true,
          points: { show: true, size: 6, width: 0, fill: () => colour('--run-1') },
        },
        { stroke: 'transparent', spanGaps: true, points: { show: false } },
        { stroke: 'transparent', spanGaps: true, points: { show: false } },
        { stroke: () => withAlpha(colour('--ink-3'), 0.55), width: 1, points: { show: false } },
        { stroke: () => colour('--ink-3'), width: 1.5, spanGaps: true, points: { show: false } },
        { stroke: () => colour('--run-2'), width: 2, dash: [6, 4], spanGaps: true, points: { show: false } },
      ],
      bands: [{ series: [3, 2], fill: () => withAlpha(colour('--ink'), 0.1) }],
      hooks: {
        draw: [
          (u) => drawStaffs(u, metrics(), colour, font),
          (u) => drawEnds(u, [{ name, metrics: metrics() }, ...(baseline ? [baseline] : [])], colour, bold),
        ],
        setCursor: [(u) => onCursor(u.cursor.idx === null || u.cursor.idx === undefined ? null : (u.data[0][u.cursor.idx] ?? null))],
      },
    },
    columns(metrics(), baseline),
    target,
  );
  return plot;
}

/** The last measured value of each line, written over its end instead of a legend, where the line itself does not pass. */
function drawEnds(u: uPlot, lines: readonly Baseline[], colour: (token: string) => string, font: string): void {
  const { ctx } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.setLineDash([]);
  ctx.font = scaled(font);
  ctx.textBaseline = 'alphabetic';
  ctx.textAlign = 'left';
  const labels = lines.flatMap(({ name, metrics }, i) => {
    const points = metrics.flatMap(({ iteration: x, evaluation }) =>
      evaluation ? [{ x: u.valToPos(x, 'x', true), y: u.valToPos(evaluation.success * 100, 'y', true), share: evaluation.success }] : [],
    );
    const end = points.at(-1);
    if (!end) return [];
    const label = `${name} ${percent(end.share)}`;
    const wide = ctx.measureText(label).width;
    const left = u.bbox.left + u.bbox.width - end.x > wide + 12 * ratio;
    const from = left ? end.x + 8 * ratio : end.x + 2 * ratio - wide;
    const top = Math.min(end.y, highest(points, from, from + wide));
    return [{ label, from, y: top - 10 * ratio, token: i === 0 ? '--ink' : '--run-2' }];
  });
  const heights = nudged(
    labels.map(({ y }) => y),
    18 * ratio,
  );
  labels.forEach(({ label, from, token }, i) => {
    // What passes behind the words, the band and the thin lines of training, must not cut through them.
    ctx.strokeStyle = colour('--paper');
    ctx.lineWidth = 4 * ratio;
    ctx.lineJoin = 'round';
    ctx.strokeText(label, from, heights[i] as number);
    ctx.fillStyle = colour(token);
    ctx.fillText(label, from, heights[i] as number);
  });
  ctx.restore();
}

function drawStaffs(u: uPlot, metrics: readonly Metrics[], colour: (token: string) => string, font: string): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  // The last series may have left its dashes behind.
  ctx.setLineDash([]);
  ctx.font = scaled(font);
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'right';
  // Counts are printed where the next iteration's mark leaves room for them.
  const roomy = u.valToPos(1, 'x') - u.valToPos(0, 'x') > 28;
  staffs.forEach(({ op, label, path, full }, row) => {
    const y = bbox.top + bbox.height + (STAFF_TOP + row * STAFF_GAP) * ratio;
    ctx.strokeStyle = colour('--line');
    ctx.lineWidth = ratio;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillStyle = colour('--ink-3');
    ctx.fillText(label, bbox.left - 8 * ratio, y);
    ctx.strokeStyle = ctx.fillStyle = colour('--rule');
    const mark = new Path2D(path);
    for (const m of metrics) {
      const n = m.edits[op] ?? 0;
      if (n === 0) continue;
      const x = u.valToPos(m.iteration, 'x', true);
      // Two of one kind stand side by side; from three on the count is printed.
      const offsets = n === 2 ? [-4, 4] : [0];
      for (const offset of offsets) {
        ctx.save();
        ctx.translate(x + offset * ratio, y);
        ctx.scale(0.85 * ratio, 0.85 * ratio);
        ctx.lineWidth = 1.9;
        ctx.lineCap = ctx.lineJoin = 'round';
        ctx.stroke(mark);
        if (full) ctx.fill(mark);
        ctx.restore();
      }
      if (n > 2 && roomy) {
        ctx.save();
        ctx.textAlign = 'left';
        ctx.fillText(String(n), x + 6 * ratio, y);
        ctx.restore();
      }
    }
  });
  ctx.restore();
}
