/** Moments and spans as people read them. Every moment is in ms since 1970, every span in ms. */
import { element } from './element.ts';

/** `14:05`, in the visitor's own way. */
export function timeOfDay(moment: number): string {
  return new Date(moment).toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' });
}

/** `14:05` today, `Mon 14:05` in the last days, else with the date. */
export function dayAndTime(moment: number, now: number = Date.now()): string {
  const then = new Date(moment);
  if (then.toDateString() === new Date(now).toDateString()) return timeOfDay(moment);
  const recent = Math.abs(now - moment) < 6 * 86_400_000;
  const day = then.toLocaleDateString([], recent ? { weekday: 'short' } : { day: 'numeric', month: 'short' });
  return `${day} ${timeOfDay(moment)}`;
}

/** `just now`, `5 min ago`, `3 h ago`, `2 d ago`. */
export function ago(moment: number, now: number = Date.now()): string {
  const minutes = Math.floor((now - moment) / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ago` : `${Math.floor(hours / 24)} d ago`;
}

/** `12 s`, `3 min 05 s`, `2 h 10 min`, `4 d 3 h`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes < 1) return `${seconds} s`;
  if (hours < 1) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** A `time` element that shows a moment, and all of it when it is pointed at. */
export function timeElement(moment: number, says: string = dayAndTime(moment)): HTMLTimeElement {
  const date = new Date(moment);
  return element('time', { datetime: date.toISOString(), title: date.toLocaleString() }, says);
}
