/** What is broken in a site: addresses that lead nowhere, and resources that a network would have to give. */

/** Of a site's files by path: the texts of pages and style sheets, anything of others. */
export const brokenIn = (files: ReadonlyMap<string, string>): readonly string[] => {
  const anchors = new Map<string, ReadonlySet<string>>();
  const anchorsOf = (path: string): ReadonlySet<string> => {
    const known = anchors.get(path) ?? new Set(matches(files.get(path)!, /\sid="([^"]+)"/g));
    anchors.set(path, known);
    return known;
  };
  const isThere = (path: string, address: string): boolean => {
    const { pathname, hash } = new URL(plain(address), `${root}${path}`);
    const target = decodeURI(pathname).slice(1);
    if (!files.has(target)) return false;
    return hash === '' || anchorsOf(target).has(decodeURIComponent(hash.slice(1)));
  };
  return [...files].flatMap(([path, content]) => {
    if (path.endsWith('.css')) return matches(content, onNetwork).map((what) => `${path}: ${what}`);
    if (!path.endsWith('.html')) return [];
    const addresses = [
      ...matches(content, /<[a-z][^<>]*?\s(?:href|src)="([^"]*)"/g),
      ...matches(content, /url\((#[^)]*)\)/g),
    ];
    return [
      ...addresses.filter((address) => !hasScheme(address) && !isThere(path, address)),
      ...matches(
        content,
        /(<(?:script|img|link|iframe|source)\s[^<>]*?(?:href|src)="(?:https?:)?\/\/[^"]*")/g,
      ),
      ...matches(content, onNetwork),
    ].map((what) => `${path}: ${what}`);
  });
};

const root = 'site:///';
const onNetwork = /(@import[^;]*|url\("?(?:https?:)?\/\/[^)]*\))/g;
/** `https:`, `mailto:`, `data:`: no part of the site. */
const hasScheme = (address: string): boolean => /^(?:[a-z][a-z0-9+.-]*:|\/\/)/.test(address);
const plain = (address: string): string => address.replaceAll('&amp;', '&');
const matches = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([, found]) => found!);
