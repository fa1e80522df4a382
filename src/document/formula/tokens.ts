/** The words and signs of the notation of explanations (`src/calculus/print.ts`). */
export interface Token {
  readonly kind: 'name' | 'number' | 'above' | 'below' | 'primes' | 'sign' | 'end';
  readonly text: string;
  /** Whether a space stands before it. */
  readonly spaced: boolean;
}

const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  // The apostrophe of `Stein's identity` is no prime.
  ['name', /\p{L}{2,}'s(?![\p{L}\p{Nd}_'])/uy],
  ['number', /\d+(?:\.\d+)?(?:e[+-]?\d+)?%?|[½¼¾∞]/uy],
  // A phase or a population belongs to a name: `x.interneurons`.
  ['name', /[\p{L}_][\p{L}\p{M}\p{Nd}_]*(?:\.[\p{L}_][\p{L}\p{M}\p{Nd}_]*)*/uy],
  ['above', /[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁽⁾]+/uy],
  ['below', /[₀-₉]+/uy],
  ['primes', /[′″‴'°]+/uy],
  ['sign', /<-|\S/uy],
];

export const tokensOf = (text: string): readonly Token[] => {
  const found: Token[] = [];
  let at = 0;
  for (;;) {
    const start = at;
    while (/\s/.test(text[at] ?? '')) at += 1;
    const spaced = at > start;
    if (at >= text.length) return [...found, { kind: 'end', text: '', spaced }];
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = at;
      const matched = pattern.exec(text)?.[0];
      if (matched === undefined) continue;
      found.push({ kind, text: matched, spaced });
      at += matched.length;
      break;
    }
  }
};

const scripts: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...'⁰¹²³⁴⁵⁶⁷⁸⁹'].map((digit, i) => [digit, String(i)])),
  ...Object.fromEntries([...'₀₁₂₃₄₅₆₇₈₉'].map((digit, i) => [digit, String(i)])),
  '⁻': '−',
  '⁽': '(',
  '⁾': ')',
};
/** The digits of a superscript or subscript on the line. */
export const onLine = (text: string): string => [...text].map((digit) => scripts[digit] ?? digit).join('');
