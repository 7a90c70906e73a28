/** Runs something only while somebody can see it: the element is in the window, and the window is not hidden. */

/** Calls `start` when `root` comes into sight, and what it returned when it leaves. @returns what ends it for good */
export function whileOnScreen(root: Element, start: () => () => void): () => void {
  let seen = false;
  let stop: (() => void) | undefined;
  const decide = (): void => {
    const should = seen && document.visibilityState === 'visible';
    if (should && stop === undefined) stop = start();
    if (should || stop === undefined) return;
    stop();
    stop = undefined;
  };
  const observer = new IntersectionObserver((entries) => {
    seen = entries.at(-1)?.isIntersecting ?? seen;
    decide();
  });
  observer.observe(root);
  document.addEventListener('visibilitychange', decide);
  return () => {
    observer.disconnect();
    document.removeEventListener('visibilitychange', decide);
    seen = false;
    decide();
  };
}
