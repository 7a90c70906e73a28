/**
 * Light or dark: as the system has it, until the visitor chooses. Runs before the page is painted, so that a choice does not
 * flash; it is a classic script, and imports nothing.
 */

type Theme = 'auto' | 'light' | 'dark';

const key = 'tidewire-theme';
const names: Readonly<Record<Theme, string>> = { auto: 'as the system', light: 'light', dark: 'dark' };

apply(stored());

document.addEventListener('DOMContentLoaded', () => {
  const button = document.querySelector<HTMLButtonElement>('#theme');
  const show = (theme: Theme): void => {
    button?.setAttribute('aria-label', `Theme: ${names[theme]}`);
    button?.setAttribute('title', `Theme: ${names[theme]}`);
  };
  show(stored());
  button?.addEventListener('click', () => {
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    // The first press changes what one sees.
    const order: Theme[] = dark ? ['auto', 'light', 'dark'] : ['auto', 'dark', 'light'];
    const next = order[(order.indexOf(stored()) + 1) % order.length] ?? 'auto';
    try {
      localStorage.setItem(key, next);
    } catch {}
    apply(next);
    show(next);
  });
});

function stored(): Theme {
  const applied = document.documentElement.dataset['theme'];
  try {
    const value = localStorage.getItem(key) ?? applied;
    return value === 'light' || value === 'dark' ? value : 'auto';
  } catch {
    return applied === 'light' || applied === 'dark' ? applied : 'auto';
  }
}

function apply(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  // What is drawn rather than styled, as plots are, has to be drawn again.
  dispatchEvent(new Event('themechange'));
}
