/**
 * The width of an element's content in pixels, told in the frame after it changed. Told at once, what is then drawn
 * anew changes the element while it is being measured, which browsers report as an error of the page.
 */
export function width(element: HTMLElement, tell: (pixels: number) => void): { destroy: () => void } {
  let frame = 0;
  const observer = new ResizeObserver(([entry]) => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => tell(entry?.contentRect.width ?? 0));
  });
  observer.observe(element);
  return {
    destroy: () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
    },
  };
}
