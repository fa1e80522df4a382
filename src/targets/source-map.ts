/** Source maps of emitted modules: from lines of JavaScript to what they come from in the source. */

/** https://tc39.es/ecma426 */
export interface SourceMap {
  readonly version: 3;
  readonly file: string;
  readonly sources: readonly string[];
  readonly sourcesContent: readonly (string | null)[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/** A place that the text says itself: lines from there on come from it, up to the next one or the end of the function. */
const mark = /^ *nsm\.at\('(.+):(\d+):(\d+)'\);$/;

interface Place {
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

/**
 * The map of an emitted module.
 *
 * @param spell how the map names a source file, for example from the folder of the module
 */
export const sourceMap = (
  javascript: string,
  file: string,
  textOf: (source: string) => string | undefined,
  spell: (source: string) => string = (source) => source,
): SourceMap => {
  const lines = javascript.split('\n');
  const places = placesOf(lines);
  const sources = [...new Set(places.flatMap((place) => place?.source ?? []))];
  let [source, line, column] = [0, 0, 0];
  const mappings = lines.map((text, i) => {
    const place = places[i];
    if (place === null || place === undefined || text === '') return '';
    const next = [sources.indexOf(place.source), place.line - 1, place.column - 1] as const;
    const steps = [text.search(/\S/), next[0] - source, next[1] - line, next[2] - column];
    [source, line, column] = next;
    return steps.map(digits).join('');
  });
  return {
    version: 3,
    file,
    sources: sources.map(spell),
    sourcesContent: sources.map((each) => textOf(each) ?? null),
    names: [],
    mappings: mappings.join(';'),
  };
};

/** What each line comes from. The head of a function comes from what its first statement does. */
const placesOf = (lines: readonly string[]): readonly (Place | null)[] => {
  const places: (Place | null)[] = [];
  let head: number | null = null;
  let now: Place | null = null;
  for (const [i, line] of lines.entries()) {
    if (line.startsWith('function ')) head = i;
    const [, path, row, column] = mark.exec(line) ?? [];
    if (path !== undefined) {
      now = { source: path.replaceAll("\\'", "'"), line: Number(row), column: Number(column) };
      if (head !== null) places.fill(now, head);
      head = null;
    }
    places.push(now);
    if (line === '}') [head, now] = [null, null];
  }
  return places;
};

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** A whole number in base 64, five bits a digit, lowest first; its sign is the lowest bit, and a sixth says that more follow. */
const digits = (number: number): string => {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  let text = '';
  do {
    const bits = rest & 31;
    rest >>>= 5;
    text += alphabet[rest > 0 ? bits | 32 : bits]!;
  } while (rest > 0);
  return text;
};
