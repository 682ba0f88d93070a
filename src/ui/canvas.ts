/** What both charts share on the canvas: resolved colours, scaled fonts, ticks. */

/** Canvas resolves no custom property: an element of the page does. */
export function colourOf(element: HTMLElement, token: string): string {
  element.style.color = `var(${token})`;
  const found = getComputedStyle(element).color;
  element.style.color = '';
  return found;
}

export function withAlpha(colour: string, alpha: number): string {
  return colour.replace(/^rgb\(([^)]+)\)$/, `rgba($1, ${alpha})`);
}

/** A font for the canvas, whose pixels are the device's. */
export function scaled(font: string): string {
  return font.replace(/([\d.]+)px/, (_all, size: string) => `${Number(size) * devicePixelRatio}px`);
}

/**
 * At most six round numbers from 0 to the end, which is always one of them.
 * @param room that its label needs beside its neighbour's on a phone, as a share of the axis.
 */
export function ticks(end: number, room: number): number[] {
  const decade = 10 ** Math.floor(Math.log10(Math.max(1, end / 5)));
  const step = decade * ([1, 2, 5].find((times) => end / (times * decade) <= 5) ?? 10);
  const all: number[] = [];
  for (let i = 0; i < end; i += step) all.push(i);
  // The end is written out: a neighbour that is too near makes room.
  if (all.length > 1 && end - (all.at(-1) as number) < room * end) all.pop();
  return [...all, end];
}

/** Heights for labels wanted at `at`, at least `gap` apart, moved as little as order allows. */
export function nudged(at: readonly number[], gap: number): number[] {
  const order = at.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y);
  const out = [...at];
  let floor = -Infinity;
  for (const { y, i } of order) {
    floor = Math.max(y, floor + gap);
    out[i] = floor;
  }
  return out;
}

/** The smallest y (the highest place on a canvas) of a line from `from` to `to`; Infinity where it does not pass. */
export function highest(line: readonly { x: number; y: number }[], from: number, to: number): number {
  let top = Infinity;
  line.forEach((end, i) => {
    const start = line[i - 1] ?? end;
    const [left, right] = [Math.max(from, start.x), Math.min(to, end.x)];
    if (left > right) return;
    const y = (x: number) => (end.x === start.x ? end.y : start.y + ((end.y - start.y) * (x - start.x)) / (end.x - start.x));
    top = Math.min(top, y(left), y(right));
  });
  return top;
}

/** Pixels of the widest of some texts. */
export function widest(texts: readonly string[], font: string): number {
  const context = document.createElement('canvas').getContext('2d');
  if (!context) return 0;
  context.font = font;
  return Math.ceil(Math.max(0, ...texts.map((text) => context.measureText(text).width)));
}
