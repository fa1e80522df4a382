/** Colours text as editors do, with their own engine. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import oniguruma from 'vscode-oniguruma';
import textmate from 'vscode-textmate';
import { textMateText } from '../../../grammar/textmate.ts';

/** Text of one scope, and where it is: the innermost scope alone. */
export interface Coloured {
  readonly start: number;
  readonly text: string;
  readonly scope: string;
}

const wasm = readFileSync(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm'));

export const startColouring = async (): Promise<(source: string) => readonly Coloured[]> => {
  await oniguruma.loadWASM(wasm);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => textmate.parseRawGrammar(textMateText(), 'nsm.tmLanguage.json'),
  });
  const grammar = (await registry.loadGrammar('source.nsm'))!;
  return (source) => {
    const coloured: Coloured[] = [];
    let state = textmate.INITIAL;
    let offset = 0;
    for (const line of source.split('\n')) {
      const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
      state = ruleStack;
      for (const { startIndex, endIndex, scopes } of tokens) {
        const text = line.slice(startIndex, endIndex);
        if (text.trim() !== '') coloured.push({ start: offset + startIndex, text, scope: scopes.at(-1)! });
      }
      offset += line.length + 1;
    }
    return coloured;
  };
};
