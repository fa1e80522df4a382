/**
 * VS Code as far as the extension uses it: documents that a test opens and changes, and providers that it asks. Classes
 * are plain records of what they were made from.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

interface Position {
  readonly line: number;
  readonly character: number;
}
export interface Shown {
  readonly message: string;
  readonly severity: number;
  readonly code: string;
  readonly range: { readonly start: Position; readonly end: Position };
}

/** An emitter and its event. */
const happening = <T>() => {
  const listeners = new Set<(event: T) => unknown>();
  return {
    event: (listener: (event: T) => unknown) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    fire: (event: T) => listeners.forEach((listener) => listener(event)),
  };
};

/** A class whose instances have what it is constructed with, under these names. */
const record = (...names: readonly string[]) =>
  class {
    constructor(...values: readonly unknown[]) {
      names.forEach((name, position) => Object.assign(this, { [name]: values[position] }));
    }
  };

class Uri {
  static parse = (text: string) => new Uri(text);
  private readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  get fsPath() {
    return fileURLToPath(this.text);
  }
  toString() {
    return this.text;
  }
  toJSON() {
    return this.text;
  }
}

class WorkspaceEdit {
  readonly changes: Record<string, unknown> = {};
  set(uri: Uri, edits: unknown) {
    this.changes[uri.toString()] = edits;
  }
}

class Document {
  readonly uri: Uri;
  readonly languageId = 'nsm';
  version = 1;
  text: string;
  constructor(path: string, text: string) {
    this.uri = new Uri(pathToFileURL(path).href);
    this.text = text;
  }
  getText() {
    return this.text;
  }
  getWordRangeAtPosition(position: Position) {
    return { start: position, end: position };
  }
  /** Where a text is first. */
  find(text: string): Position {
    const before = this.text.slice(0, this.text.indexOf(text)).split('\n');
    return { line: before.length - 1, character: before.at(-1)!.length };
  }
}

type Provider = Record<string, (...asked: readonly unknown[]) => Promise<unknown>>;

export interface FakeOptions {
  readonly folder: string;
  readonly command?: string;
  readonly isTrusted?: boolean;
}

export const fakeCode = ({ folder, command = '', isTrusted = true }: FakeOptions) => {
  const opened = happening<Document>();
  const changed = happening<object>();
  const saved = happening<Document>();
  const closed = happening<Document>();
  const trusted = happening<void>();
  const told = happening<void>();
  const problems = new Map<string, readonly Shown[]>();
  const providers: Record<string, Provider> = {};
  const registered: Record<string, readonly unknown[]> = {};
  const errors: string[] = [];
  const answers: string[] = [];
  const commands: Record<string, () => Promise<void>> = {};
  const context = { subscriptions: [] as { readonly dispose: () => unknown }[] };
  const documents: Document[] = [];
  const nothing = { dispose: () => {} };
  const trust = { isTrusted };

  const register =
    (kind: string) =>
    (_: unknown, provider: Provider, ...more: readonly unknown[]) => {
      providers[kind] = provider;
      registered[kind] = more;
      return { dispose: () => delete providers[kind] };
    };
  const kinds = [
    'HoverProvider', 'CompletionItemProvider', 'SignatureHelpProvider', 'DefinitionProvider', 'ReferenceProvider',
    'RenameProvider', 'DocumentSymbolProvider', 'DocumentSemanticTokensProvider', 'FoldingRangeProvider',
    'InlayHintsProvider', 'CodeActionsProvider', 'DocumentFormattingEditProvider',
  ]; // prettier-ignore
  class EventEmitter {
    private readonly own = happening<unknown>();
    readonly event = this.own.event;
    readonly fire = this.own.fire;
    dispose() {}
  }
  const vscode = {
    EventEmitter,
    Uri,
    WorkspaceEdit,
    Position: record('line', 'character'),
    Range: record('start', 'end'),
    Location: record('uri', 'range'),
    TextEdit: record('range', 'newText'),
    MarkdownString: record('value'),
    DiagnosticRelatedInformation: record('location', 'message'),
    Diagnostic: record('range', 'message', 'severity'),
    Hover: record('contents', 'range'),
    CompletionItem: record('label', 'kind'),
    ParameterInformation: record('label'),
    SignatureInformation: record('label', 'documentation'),
    SignatureHelp: record(),
    DocumentSymbol: record('name', 'detail', 'kind', 'range', 'selectionRange'),
    CodeActionKind: { QuickFix: 'quickfix' },
    CodeAction: record('title', 'kind'),
    FoldingRange: record('start', 'end', 'kind'),
    FoldingRangeKind: { Comment: 1, Imports: 2, Region: 3 },
    InlayHint: record('position', 'label', 'kind'),
    SemanticTokensLegend: record('tokenTypes', 'tokenModifiers'),
    SemanticTokens: record('data'),
    languages: {
      createDiagnosticCollection: () => ({
        set: (uri: Uri, found: readonly Shown[]) => {
          problems.set(uri.toString(), found);
          told.fire();
        },
        dispose: () => {
          for (const uri of problems.keys()) problems.set(uri, []);
          told.fire();
        },
      }),
      ...Object.fromEntries(kinds.map((kind) => [`register${kind}`, register(kind)])),
    },
    window: {
      createOutputChannel: () => ({ append: () => {}, dispose: () => {} }),
      showErrorMessage: async (message: string) => {
        errors.push(message);
        return answers.shift();
      },
    },
    commands: {
      registerCommand: (name: string, run: () => Promise<void>) => {
        commands[name] = run;
        return nothing;
      },
    },
    workspace: {
      get isTrusted() {
        return trust.isTrusted;
      },
      workspaceFolders: [{ name: 'folder', uri: new Uri(pathToFileURL(folder).href) }],
      textDocuments: documents,
      onDidOpenTextDocument: opened.event,
      onDidChangeTextDocument: changed.event,
      onDidSaveTextDocument: saved.event,
      onDidCloseTextDocument: closed.event,
      onDidGrantWorkspaceTrust: trusted.event,
      onDidChangeConfiguration: () => nothing,
      getConfiguration: () => ({ get: () => command }),
      createFileSystemWatcher: () => ({
        onDidCreate: () => nothing,
        onDidChange: () => nothing,
        onDidDelete: () => nothing,
        dispose: () => {},
      }),
    },
  };

  return {
    context,
    errors,
    /** What is chosen under the next errors. */
    answers,
    commands,
    providers,
    registered,
    require: (name: string): unknown => (name === 'vscode' ? vscode : createRequire(import.meta.url)(name)),
    open: (path: string, text: string): Document => {
      const document = new Document(path, text);
      documents.push(document);
      opened.fire(document);
      return document;
    },
    /** Replaces the first place of a text, as typing does. */
    replace: (document: Document, before: string, after: string): void => {
      const start = document.find(before);
      const end = { line: start.line, character: start.character + before.length };
      document.text = document.text.replace(before, after);
      document.version += 1;
      changed.fire({ document, contentChanges: [{ range: { start, end }, text: after }] });
    },
    close: (document: Document): void => {
      documents.splice(documents.indexOf(document), 1);
      closed.fire(document);
    },
    grantTrust: (): void => {
      trust.isTrusted = true;
      trusted.fire();
    },
    /** The first problems of a document, from now on, that the condition accepts. */
    problems: ({ uri }: Document, accepted: (found: readonly Shown[]) => boolean) =>
      new Promise<readonly Shown[]>((done) => {
        const look = (): void => {
          const found = problems.get(uri.toString());
          if (found === undefined || !accepted(found)) return;
          listening.dispose();
          done(found);
        };
        const listening = told.event(look);
        look();
      }),
  };
};

export type FakeCode = ReturnType<typeof fakeCode>;

export interface Extension {
  readonly activate: (context: unknown) => Promise<void>;
  readonly deactivate: () => Promise<void>;
}

/** Loads a built extension, which sees this instead of VS Code. */
export const loadExtension = (path: string, code: FakeCode): Extension => {
  const module = { exports: {} as Extension };
  new Function('module', 'exports', 'require', readFileSync(path, 'utf8'))(
    module,
    module.exports,
    code.require,
  );
  return module.exports;
};

/** Nobody cancels. */
export const token = {
  isCancellationRequested: false,
  onCancellationRequested: () => ({ dispose: () => {} }),
};
