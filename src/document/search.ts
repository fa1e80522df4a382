/** The search of a site: an index of its declarations, looked through in the page. */
import type { SearchEntry } from './site.ts';

/** Runs in pages as it is written; it is a script rather than a module, so that pages opened from a disk have it too. */
function searchIn(entries: readonly SearchEntry[]): void {
  const input = document.querySelector<HTMLInputElement>('.search input')!;
  const list = document.querySelector<HTMLOListElement>('.search ol')!;
  const up = input.dataset['up'] ?? '';
  const rankOf = ({ name, about, kind }: SearchEntry, words: readonly string[]): number => {
    const [title, all] = [name.toLowerCase(), `${name} ${kind} ${about}`.toLowerCase()];
    if (!words.every((word) => all.includes(word))) return 0;
    const first = words[0]!;
    return title === first ? 4 : title.startsWith(first) ? 3 : title.includes(first) ? 2 : 1;
  };
  const show = (): void => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found =
      words.length === 0
        ? []
        : entries
            .map((entry) => ({ entry, rank: rankOf(entry, words) }))
            .filter(({ rank }) => rank > 0)
            .sort((a, b) => b.rank - a.rank)
            .slice(0, 12);
    list.replaceChildren(
      ...found.map(({ entry }) => {
        const link = document.createElement('a');
        link.href = up + entry.address;
        const part = (tag: string, text: string): HTMLElement =>
          Object.assign(document.createElement(tag), { textContent: text });
        const about = part('div', '');
        about.innerHTML = entry.html;
        link.append(part('strong', entry.name), ` ${entry.kind}`, about);
        const item = document.createElement('li');
        item.append(link);
        return item;
      }),
    );
    list.hidden = found.length === 0;
  };
  input.addEventListener('input', show);
  input.addEventListener('keydown', ({ key }) => {
    if (key === 'Enter') list.querySelector('a')?.click();
    if (key === 'Escape') {
      input.value = '';
      show();
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    input.focus();
  });
  // On a phone the contents begin closed.
  if (window.innerWidth < 800) document.querySelector('nav details')?.removeAttribute('open');
}

export const searchScript = (entries: readonly SearchEntry[]): string =>
  `(${searchIn.toString()})(${JSON.stringify(entries).replaceAll('<', '\\u003c')});\n`;
