/** What this extension uses of the API of VS Code. */
declare module 'vscode' {
  export interface Disposable {
    dispose(): unknown;
  }
  export type Event<T> = (listener: (event: T) => unknown) => Disposable;
  export class EventEmitter<T> implements Disposable {
    readonly event: Event<T>;
    fire(event: T): void;
    dispose(): void;
  }
  type Answer<T> = T | null | undefined | PromiseLike<T | null | undefined>;

  export interface CancellationToken {
    readonly isCancellationRequested: boolean;
    readonly onCancellationRequested: Event<unknown>;
  }
  export interface ExtensionContext {
    readonly subscriptions: Disposable[];
  }

  // Texts and places

  export class Uri {
    static parse(text: string): Uri;
    readonly scheme: string;
    readonly fsPath: string;
    toString(): string;
  }
  export class Position {
    constructor(line: number, character: number);
    readonly line: number;
    readonly character: number;
  }
  export class Range {
    constructor(start: Position, end: Position);
    readonly start: Position;
    readonly end: Position;
  }
  export class Location {
    constructor(uri: Uri, range: Range);
  }
  export interface TextDocument {
    readonly uri: Uri;
    readonly languageId: string;
    readonly version: number;
    getText(): string;
    getWordRangeAtPosition(position: Position): Range | undefined;
  }
  export interface TextDocumentContentChangeEvent {
    readonly range: Range;
    readonly text: string;
  }
  export interface TextDocumentChangeEvent {
    readonly document: TextDocument;
    readonly contentChanges: readonly TextDocumentContentChangeEvent[];
  }
  export class TextEdit {
    constructor(range: Range, newText: string);
  }
  export class WorkspaceEdit {
    set(uri: Uri, edits: readonly TextEdit[]): void;
  }
  export class MarkdownString {
    constructor(value: string);
  }

  // What is shown

  export class DiagnosticRelatedInformation {
    constructor(location: Location, message: string);
  }
  export class Diagnostic {
    constructor(range: Range, message: string, severity?: number);
    code?: string | number;
    source?: string;
    relatedInformation?: DiagnosticRelatedInformation[];
  }
  export interface DiagnosticCollection extends Disposable {
    set(uri: Uri, diagnostics: readonly Diagnostic[]): void;
  }
  export class Hover {
    constructor(contents: MarkdownString, range?: Range);
  }
  export class CompletionItem {
    constructor(label: string, kind?: number);
    detail?: string;
    documentation?: MarkdownString;
    insertText?: string;
    range?: Range;
  }
  export class ParameterInformation {
    constructor(label: string | [number, number]);
  }
  export class SignatureInformation {
    constructor(label: string, documentation?: MarkdownString);
    parameters: ParameterInformation[];
  }
  export class SignatureHelp {
    signatures: SignatureInformation[];
    activeSignature: number;
    activeParameter: number;
  }
  export class DocumentSymbol {
    constructor(name: string, detail: string, kind: number, range: Range, selectionRange: Range);
    children: DocumentSymbol[];
  }
  export class CodeActionKind {
    static readonly QuickFix: CodeActionKind;
  }
  export class CodeAction {
    constructor(title: string, kind?: CodeActionKind);
    edit?: WorkspaceEdit;
    diagnostics?: Diagnostic[];
    isPreferred?: boolean;
  }
  export class FoldingRange {
    constructor(start: number, end: number, kind?: number);
  }
  export const FoldingRangeKind: {
    readonly Comment: number;
    readonly Imports: number;
    readonly Region: number;
  };
  export class InlayHint {
    constructor(position: Position, label: string, kind?: number);
  }
  export class SemanticTokensLegend {
    constructor(tokenTypes: string[], tokenModifiers?: string[]);
  }
  export class SemanticTokens {
    constructor(data: Uint32Array);
  }

  // Who is asked

  type At<T> = (document: TextDocument, position: Position, token: CancellationToken) => Answer<T>;
  type Of<T> = (document: TextDocument, token: CancellationToken) => Answer<T>;
  type Within<T> = (document: TextDocument, range: Range, token: CancellationToken) => Answer<T>;
  interface Selector {
    readonly language: string;
  }
  export const languages: {
    createDiagnosticCollection(name: string): DiagnosticCollection;
    registerHoverProvider(of: Selector, provider: { provideHover: At<Hover> }): Disposable;
    registerCompletionItemProvider(
      of: Selector,
      provider: { provideCompletionItems: At<CompletionItem[]> },
      ...triggers: string[]
    ): Disposable;
    registerSignatureHelpProvider(
      of: Selector,
      provider: { provideSignatureHelp: At<SignatureHelp> },
      ...triggers: string[]
    ): Disposable;
    registerDefinitionProvider(of: Selector, provider: { provideDefinition: At<Location[]> }): Disposable;
    registerReferenceProvider(
      of: Selector,
      provider: {
        provideReferences(
          document: TextDocument,
          position: Position,
          context: { readonly includeDeclaration: boolean },
          token: CancellationToken,
        ): Answer<Location[]>;
      },
    ): Disposable;
    registerRenameProvider(
      of: Selector,
      provider: {
        provideRenameEdits(
          document: TextDocument,
          position: Position,
          newName: string,
          token: CancellationToken,
        ): Answer<WorkspaceEdit>;
        prepareRename: At<Range>;
      },
    ): Disposable;
    registerDocumentSymbolProvider(
      of: Selector,
      provider: { provideDocumentSymbols: Of<DocumentSymbol[]> },
    ): Disposable;
    registerDocumentSemanticTokensProvider(
      of: Selector,
      provider: { provideDocumentSemanticTokens: Of<SemanticTokens> },
      legend: SemanticTokensLegend,
    ): Disposable;
    registerFoldingRangeProvider(
      of: Selector,
      provider: {
        provideFoldingRanges(
          document: TextDocument,
          context: unknown,
          token: CancellationToken,
        ): Answer<FoldingRange[]>;
      },
    ): Disposable;
    registerInlayHintsProvider(
      of: Selector,
      provider: { onDidChangeInlayHints: Event<void>; provideInlayHints: Within<InlayHint[]> },
    ): Disposable;
    registerCodeActionsProvider(
      of: Selector,
      provider: {
        provideCodeActions(
          document: TextDocument,
          range: Range,
          context: unknown,
          token: CancellationToken,
        ): Answer<CodeAction[]>;
      },
    ): Disposable;
    registerDocumentFormattingEditProvider(
      of: Selector,
      provider: {
        provideDocumentFormattingEdits(
          document: TextDocument,
          options: { readonly tabSize: number; readonly insertSpaces: boolean },
          token: CancellationToken,
        ): Answer<TextEdit[]>;
      },
    ): Disposable;
  };

  // Around them

  export interface OutputChannel extends Disposable {
    append(text: string): void;
  }
  export const window: {
    createOutputChannel(name: string): OutputChannel;
    showErrorMessage(message: string, ...answers: string[]): Thenable<string | undefined>;
  };
  type Thenable<T> = PromiseLike<T>;
  export const commands: {
    registerCommand(name: string, run: () => unknown): Disposable;
  };
  export interface FileSystemWatcher extends Disposable {
    readonly onDidCreate: Event<Uri>;
    readonly onDidChange: Event<Uri>;
    readonly onDidDelete: Event<Uri>;
  }
  export const workspace: {
    readonly isTrusted: boolean;
    readonly onDidGrantWorkspaceTrust: Event<void>;
    readonly workspaceFolders: readonly { readonly uri: Uri; readonly name: string }[] | undefined;
    readonly textDocuments: readonly TextDocument[];
    readonly onDidOpenTextDocument: Event<TextDocument>;
    readonly onDidChangeTextDocument: Event<TextDocumentChangeEvent>;
    readonly onDidSaveTextDocument: Event<TextDocument>;
    readonly onDidCloseTextDocument: Event<TextDocument>;
    readonly onDidChangeConfiguration: Event<{ affectsConfiguration(section: string): boolean }>;
    getConfiguration(section: string): { get<T>(name: string, otherwise: T): T };
    createFileSystemWatcher(pattern: string): FileSystemWatcher;
  };
}
