/**
 * Text that knows where its lines may end (after Wadler 2003, "A prettier printer"). A group stands on one line when it
 * fits there, up to the next place where that line may end; else it takes its broken form.
 */
export type Doc =
  | string
  | readonly Doc[]
  /** `flat` in a group on one line, else a new line. */
  | { readonly kind: 'line'; readonly flat: '' | ' ' }
  /** A new line wherever it stands, so that no group around it is on one line. */
  | { readonly kind: 'newline' }
  | { readonly kind: 'indent'; readonly content: Doc }
  | { readonly kind: 'group'; readonly flat: Doc; readonly broken: Doc }
  /** A comment at the end of a line. It takes no room: code is not broken for its sake. */
  | { readonly kind: 'comment'; readonly text: string };

export const widest = 120;
export const step = 2;

export const line: Doc = { kind: 'line', flat: ' ' };
export const softline: Doc = { kind: 'line', flat: '' };
export const newline: Doc = { kind: 'newline' };
export const indent = (content: Doc): Doc => ({ kind: 'indent', content });
export const group = (flat: Doc, broken: Doc = flat): Doc => ({ kind: 'group', flat, broken });
export const comment = (text: string): Doc => ({ kind: 'comment', text });

interface Piece {
  readonly doc: Doc;
  readonly indentation: number;
  readonly flat: boolean;
}

const isList = (doc: Doc): doc is readonly Doc[] => Array.isArray(doc);

/** The pieces of a list, the first on top of the stack. */
const pushAll = (stack: Piece[], docs: readonly Doc[], { indentation, flat }: Piece): void => {
  for (const doc of docs.toReversed()) stack.push({ doc, indentation, flat });
};

export const print = (doc: Doc): string => {
  const lines: string[] = [];
  let current = '';
  const stack: Piece[] = [{ doc, indentation: 0, flat: false }];
  for (let piece = stack.pop(); piece !== undefined; piece = stack.pop()) {
    const { doc, indentation, flat } = piece;
    if (typeof doc === 'string') current += doc;
    else if (isList(doc)) pushAll(stack, doc, piece);
    else if (doc.kind === 'comment') current += doc.text;
    else if (doc.kind === 'indent') stack.push({ doc: doc.content, indentation: indentation + step, flat });
    else if (doc.kind === 'group') {
      const onOneLine: Piece = { doc: doc.flat, indentation, flat: true };
      const isFlat = flat || fits(onOneLine, stack, widest - current.length);
      stack.push(isFlat ? onOneLine : { doc: doc.broken, indentation, flat: false });
    } else if (doc.kind === 'line' && flat) current += doc.flat;
    else {
      lines.push(current.trimEnd());
      current = ' '.repeat(indentation);
    }
  }
  return [...lines, current.trimEnd()].join('\n');
};

/** Whether `first`, and what follows it up to where the line may end, takes no more than `room`. */
const fits = (first: Piece, following: readonly Piece[], room: number): boolean => {
  const stack = [first];
  let next = following.length;
  let left = room;
  while (left >= 0) {
    const piece = stack.pop() ?? following[(next -= 1)];
    if (piece === undefined) return true;
    const { doc, indentation, flat } = piece;
    if (typeof doc === 'string') left -= doc.length;
    else if (isList(doc)) pushAll(stack, doc, piece);
    else if (doc.kind === 'indent') stack.push({ doc: doc.content, indentation, flat });
    else if (doc.kind === 'group') stack.push({ doc: flat ? doc.flat : doc.broken, indentation, flat });
    else if (doc.kind === 'newline' || (doc.kind === 'line' && !flat)) return !flat;
    else if (doc.kind === 'line') left -= doc.flat.length;
  }
  return false;
};

/** The text on one line, or null for what has no such form. */
export const flatText = (doc: Doc): string | null => {
  if (typeof doc === 'string') return doc;
  if (isList(doc)) {
    const texts = doc.map(flatText);
    return texts.includes(null) ? null : texts.join('');
  }
  switch (doc.kind) {
    case 'line':
      return doc.flat;
    case 'newline':
    case 'comment':
      return null;
    case 'indent':
      return flatText(doc.content);
    case 'group':
      return flatText(doc.flat);
  }
};
