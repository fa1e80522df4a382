import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageExtension } from '../../../editors/vscode/package.ts';
import { roles, scopeOf, textMateGrammar } from '../../../grammar/textmate.ts';
import { Identifier, tokenTypes } from '../../../grammar/tokens.ts';
import { tokenKinds } from '../../../src/language-service/tokens.ts';
import { temporary } from '../../cli/run.ts';
import { unzipped } from './zip.ts';

const place = (path: string): URL => new URL(`../../../${path}`, import.meta.url);
const read = (path: string): string => readFileSync(place(path), 'utf8');
const manifest = JSON.parse(read('editors/vscode/package.json'));
const configuration = JSON.parse(read('editors/vscode/language-configuration.json'));

describe('nsm.vsix', () => {
  const folder = temporary();
  let entries: ReadonlyMap<string, string>;
  beforeAll(async () => {
    await packageExtension(folder.path);
    entries = unzipped(readFileSync(join(folder.path, 'nsm.vsix')));
  });
  afterAll(folder.remove);

  it('holds the extension and nothing else', () => {
    expect([...entries.keys()].sort()).toEqual([
      '[Content_Types].xml',
      'extension.vsixmanifest',
      'extension/LICENSE.txt',
      'extension/NOTICES.txt',
      'extension/extension.cjs',
      'extension/language-configuration.json',
      'extension/package.json',
      'extension/readme.md',
      'extension/syntaxes/nsm.tmLanguage.json',
    ]);
  });

  it.each([
    ['LICENSE.txt', 'LICENSE'],
    ['language-configuration.json', 'editors/vscode/language-configuration.json'],
    ['readme.md', 'editors/vscode/README.md'],
    ['syntaxes/nsm.tmLanguage.json', 'editors/vscode/syntaxes/nsm.tmLanguage.json'],
  ])('%s is %s', (packed, source) => {
    expect(entries.get(`extension/${packed}`)).toBe(read(source));
  });

  it('has all code in one file, which asks for nothing but VS Code and Node', () => {
    const code = entries.get('extension/extension.cjs')!;
    const asked = [...code.matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name!);
    expect([...new Set(asked)].filter((name) => !isBuiltin(name))).toEqual(['vscode']);
  });

  it('brings the licences of what that file contains', () => {
    const names = entries.get('extension/NOTICES.txt')!.match(/^vscode-[a-z-]+/gm);
    expect(names).toEqual([
      'vscode-jsonrpc',
      'vscode-languageserver-protocol',
      'vscode-languageserver-types',
    ]);
  });
});

describe('package.json', () => {
  it('has the version of nsm', () => {
    expect(manifest.version).toBe(JSON.parse(read('package.json')).version);
  });

  it('names the grammar and its scope', () => {
    const [grammar] = manifest.contributes.grammars;
    expect(grammar.scopeName).toBe(textMateGrammar().scopeName);
    expect(JSON.parse(read(`editors/vscode/${grammar.path}`)).scopeName).toBe(grammar.scopeName);
  });

  const [{ scopes }] = manifest.contributes.semanticTokenScopes;
  it('gives a colour to every kind of word that the server tells apart', () => {
    expect(Object.keys(scopes)).toEqual(tokenKinds);
  });

  it('which is the colour that the grammar gives, where the grammar can tell', () => {
    const known = [...tokenTypes.map(scopeOf), ...Object.values(roles).map(({ name }) => name)];
    const untold = tokenKinds.filter((kind) => !known.includes(scopes[kind][0]));
    expect(untold).toEqual(['typeParameter', 'property', 'namespace']);
  });
});

describe('language-configuration.json', () => {
  const { wordPattern, onEnterRules, indentationRules } = configuration;

  it('has the names of the lexer as words', () => {
    const { source } = Identifier.PATTERN as unknown as RegExp;
    expect(wordPattern).toEqual({ pattern: source, flags: 'u' });
  });

  it('goes on with `///` on the next line, until a line of it is empty', () => {
    const [{ beforeText, action }] = onEnterRules;
    const goesOn = (line: string): boolean => new RegExp(beforeText.pattern).test(line);
    expect(action.appendText).toBe('/// ');
    expect(['/// What it is.', '  /// - a list'].map(goesOn)).toEqual([true, true]);
    expect(['///', '/// ', '// why', '//// no', 'param a: real /// b'].map(goesOn)).not.toContain(true);
  });

  it('indents behind open brackets, and takes it back before closing ones', () => {
    const increases = (line: string) => new RegExp(indentationRules.increaseIndentPattern.pattern).test(line);
    const decreases = (line: string) => new RegExp(indentationRules.decreaseIndentPattern.pattern).test(line);
    expect(['model M {', 'learning L of M by S(', '  repeat steps {   // (a turn)'].map(increases)).toEqual([
      true,
      true,
      true,
    ]);
    expect(['model M {}', '// {', '  param W: real[a, b]', '}'].map(increases)).not.toContain(true);
    expect(['}', ') {', '  ]'].map(decreases)).toEqual([true, true, true]);
  });
});
