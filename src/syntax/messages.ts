/** Words for what the parser could not read: what was found, what is due, and what to do. */
import { EOF, type IToken } from 'chevrotain';
import { infixWords, isName, memberWords, type Body, type Failure } from '../../grammar/recovery.ts';
import {
  Arrow,
  EqualEqual,
  Equals,
  LeftBrace,
  NumberLiteral,
  RightBrace,
  RightBracket,
  RightParenthesis,
  Semicolon,
  StringLiteral,
  Tilde,
} from '../../grammar/tokens.ts';
import { error } from '../diagnostics/construct.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/distance.ts';
import { addition, removal, replacement } from '../diagnostics/fixes.ts';
import { bracketError, unclosedBody } from './brackets.ts';
import { beginsLine, expectedFixes, joinFixes, wordMeant } from './message-fixes.ts';
import {
  afterPrevious,
  beginsValue,
  clipped,
  described,
  endsValue,
  gapSpan,
  isGap,
  isInfix,
  listed,
  quoted,
  spanOf,
  type Place,
} from './place.ts';

/** The diagnostic for one failure. `tokens` are all tokens of the file. */
export const syntaxError = (file: string, tokens: readonly IToken[], failure: Failure): Diagnostic => {
  const place = { file, tokens };
  switch (failure.kind) {
    case 'unclosed':
      return unclosedBody(place, failure);
    case 'member':
      return failure.body === 'file' ? outside(place, failure) : unexpectedMember(place, failure);
    case 'expected':
      return bracketError(place, failure) ?? signError(place, failure) ?? missingPart(place, failure);
  }
};

// ---- the sign between a name and its meaning ---------------------------------------------------------------------

const signs: readonly unknown[] = [Equals, EqualEqual, Tilde, Arrow];

const signError = (place: Place, failure: Failure): Diagnostic | null => {
  const { found, expected, previous } = failure;
  const rule = failure.rules.at(-1);
  if (!signs.includes(found.tokenType)) return null;
  const wrong = (message: string, hint: string, due: string): Diagnostic => {
    const span = spanOf(place, found);
    return error('NSM1009', span, message, { hint, fixes: [replacement(span, due)] });
  };
  if (rule === 'variable' || rule === 'belief' || rule === 'familyDraw') {
    const what = { variable: 'A variable', belief: 'A belief', familyDraw: 'A draw' }[rule];
    return wrong(
      `${quoted(previous)} is drawn from a family, so it needs \`~\` and not ${quoted(found)}`,
      `${what} is written \`${previous.image} ~ Family(...)\`.`,
      '~',
    );
  }
  if (rule === 'nameMember') {
    return wrong(
      `an update of ${quoted(previous)} needs \`<-\` and not ${quoted(found)}`,
      `Write \`${previous.image} <- ...\` to move it, or \`let ${previous.image} = ...\` to name a value.`,
      '<-',
    );
  }
  if (expected.startsWith('`=`') || expected === '`=`') {
    return wrong(
      `expected \`=\` after ${quoted(previous)}, found ${quoted(found)}`,
      `Write \`${previous.image} = ...\`.`,
      '=',
    );
  }
  return null;
};

// ---- something is due --------------------------------------------------------------------------------------------

const missingPart = (place: Place, failure: Failure): Diagnostic => {
  const { expected, found, previous, rules } = failure;
  const rule = rules.at(-1) ?? '';
  const after = previous.tokenType === EOF ? '' : ` after ${quoted(previous)}`;
  if (rule === 'nameMember' && isName(found)) return unknownWord(place, failure, previous);
  if (rule === 'name' && rules.at(-2) === 'nameMember') return unknownWord(place, failure, found);
  if (rule === 'term' && expected.includes('`dt`')) {
    return error(
      'NSM1013',
      afterPrevious(place, failure),
      `each term of a \`d\` line ends in \`dt\` or \`dW\`, and this one does not`,
      {
        hint: 'Write `d s = drift dt + sqrt(2 * temperature) dW`, with sums inside a term in parentheses: `(a + b) dt`.',
        fixes: [addition(afterPrevious(place, failure), ' dt')],
      },
    );
  }
  if (expected === '`:`' && ['param', 'modelState', 'also'].includes(rule)) {
    return error('NSM1014', spanOf(place, previous), `${quoted(previous)} has no type`, {
      hint: typeHint(rule, clipped(previous.image)),
      fixes: [addition(spanOf(place, previous), ': real')],
    });
  }
  if (expected === 'a value') {
    const message = `a value is missing${after}${isGap(failure) ? '' : `: found ${quoted(found)}`}`;
    const comma = [found, previous].find(({ image }) => image === ',');
    return error('NSM1017', gapSpan(place, failure), message, {
      hint: valueHint(failure),
      fixes: comma === undefined ? [] : [removal(spanOf(place, comma), 'the comma')],
    });
  }
  if (endsValue(previous) && beginsValue(found) && expected.startsWith('`,` or') && !isGap(failure)) {
    return unjoined(place, failure);
  }
  const ending = found.tokenType === EOF ? 'the file' : 'the line';
  const message = isGap(failure)
    ? `${ending} ends${after}, where ${expected} is expected`
    : `found ${described(found)}${after}, where ${expected} is expected`;
  return error('NSM1001', gapSpan(place, failure), message, {
    hint: expectedHint(failure),
    fixes: expectedFixes(place, failure),
  });
};

const typeHint = (rule: string, name: string): string => {
  if (rule === 'param')
    return `Write its support and its axes: \`param ${name}: real[pixels, neurons] = normal(0, 0.1)\`.`;
  if (rule === 'modelState') return `Write its support and its axes: \`state ${name}: unit[hidden]\`.`;
  return `Write its support: \`also ${name}: positive where ...\`.`;
};

const valueHint = ({ found, previous }: Failure): string => {
  if (found.image === ',' || previous.image === ',')
    return 'Remove the extra comma, or write the value that belongs there.';
  if (found.tokenType === StringLiteral) return 'Texts in quotes name files to import; they are not values.';
  return 'A value is a number, a name, a call such as `exp(x)`, or an expression in parentheses.';
};

const expectedHint = (failure: Failure): string | null => {
  const { found, rules } = failure;
  const rule = rules.at(-1);
  const meant = wordMeant(failure);
  if (meant !== null) return `Did you mean \`${meant}\`?`;
  if (found.tokenType === Arrow) return 'For "less than minus" leave a space: `a < -b`.';
  switch (rule) {
    case 'dynamicsHeader':
      return 'Dynamics name the variable they move: `dynamics SGD(rate: positive) of p { ... }`.';
    case 'inferenceHeader':
      return 'Inference names its model first and its settings last: `inference Spiking of Model(steps: int = 16) { ... }`.';
    case 'learningHeader':
      return 'Learning names its model and inference first: `learning Local of Model by Settling(beta: real = 1) { ... }`.';
    case 'importDeclaration':
      return 'An import looks like `import { Poisson, Normal } from "std/families"`.';
    case 'functionDeclaration':
      return 'A function is one expression: `function relu(x: real): real = max(x, 0)`.';
    case 'guard':
      return 'A guard looks like `guard u, step(u) within (-8, 8)`.';
    case 'clause':
      return 'The clauses are `with mean h`, `at end` or `at each step`, `over W`, `by SGD(...)`, `through inference by ...`.';
    case 'support':
      return 'A support looks like `support count up to trials`, `support real from a up to b` or `support positive with atom at 0`.';
    case 'familyDraw':
      return 'A draw of another family looks like `draw g ~ Gamma(shape = concentration, rate = 1)`.';
    case 'familyAxis':
      return 'An axis of noise looks like `axis arrivals = 32`.';
    case 'also':
      return 'Another parametrisation looks like `also rate: positive where log_rate = log(rate)`.';
    case 'repeat':
    case 'phase':
    case 'statements':
      return 'Its statements stand in braces: `{ ... }`.';
    case 'predict':
      return 'A prediction looks like `predict soma by branch over W by SGD(rate = 0.1)`.';
    case 'start':
      return 'A start is a value, `start u = prior`, or derived, `start s1, s2 by feedforward`.';
    case 'belief':
      return 'A belief looks like `belief z natural u` or `belief z ~ Normal(mean = m, log_sd = s)`.';
    default:
      return null;
  }
};

// ---- what begins no member ---------------------------------------------------------------------------------------

const bodyNames: Readonly<Record<Body, string>> = {
  file: 'a file',
  family: 'a family',
  model: 'a model',
  dynamics: 'dynamics',
  inference: 'inference',
  learning: 'learning',
};

/** Where a word belongs. */
const homeNames: Readonly<Record<Body, string>> = { ...bodyNames, inference: 'inference or learning' };

/** Something at the top of the file that is no declaration. */
const outside = (place: Place, failure: Failure): Diagnostic => {
  const { found, previous } = failure;
  const span = spanOf(place, found);
  if (found.tokenType === RightBrace) {
    return error('NSM1006', span, 'this `}` closes nothing', {
      hint: 'Remove it, or add the `{` that it should close.',
      fixes: [removal(span, '`}`')],
    });
  }
  if (found.tokenType === RightParenthesis || found.tokenType === RightBracket) {
    return error('NSM1006', span, `this ${quoted(found)} closes nothing`, {
      hint: 'Remove it, or add what it should close.',
      fixes: [removal(span, quoted(found))],
    });
  }
  const continued = continuation(place, failure);
  if (continued !== null && previous.tokenType !== RightBrace) return continued;
  if (!isName(found)) {
    return error('NSM1001', span, `expected a declaration, found ${described(found)}`, {
      hint: declarationHint,
    });
  }
  const meant = didYouMean(found.image, memberWords.file);
  const home = (Object.keys(bodyNames) as Body[]).find((body) =>
    memberWords[body].includes(found.image as never),
  );
  const hint =
    home !== undefined
      ? `It belongs inside the braces of ${homeNames[home]}. Does a \`}\` above it close too early?`
      : meant === null
        ? declarationHint
        : `Did you mean \`${meant}\`?`;
  const message =
    home === undefined
      ? `${quoted(found)} does not begin a declaration`
      : `${quoted(found)} stands outside any declaration`;
  const early = home !== undefined && home !== 'file' && previous.tokenType === RightBrace;
  const fixes = early
    ? [removal(spanOf(place, previous), 'the `}` above')]
    : home !== undefined || meant === null
      ? []
      : [replacement(span, meant)];
  return error('NSM1007', span, message, { hint, fixes });
};

const declarationHint = `Declarations begin with ${listed(memberWords.file)}.`;

const unexpectedMember = (place: Place, failure: Failure): Diagnostic => {
  const { found } = failure;
  if (found.tokenType === RightParenthesis || found.tokenType === RightBracket) {
    const hint = 'Remove it, or add what it should close.';
    const span = spanOf(place, found);
    return error('NSM1006', span, `this ${quoted(found)} closes nothing`, {
      hint,
      fixes: [removal(span, quoted(found))],
    });
  }
  const continued = continuation(place, failure);
  if (continued !== null) return continued;
  if (isName(found)) return unknownWord(place, failure, found);
  return error(
    'NSM1001',
    spanOf(place, found),
    `expected a member of ${bodyNames[failure.body]}, found ${described(found)}`,
    {
      hint: memberHint(failure.body),
    },
  );
};

/** Text that goes on where something is already complete: a misspelt word, a missing operator, a wrong sign. */
const continuation = (place: Place, failure: Failure): Diagnostic | null => {
  const { found, previous, next } = failure;
  if (previous.tokenType === EOF) return null;
  if (previous.endLine !== found.startLine) {
    if (isName(found) || [LeftBrace, NumberLiteral, StringLiteral].includes(found.tokenType)) return null;
  }
  if ([LeftBrace, RightBrace, Semicolon].includes(previous.tokenType)) return null;
  const span = spanOf(place, found);
  if (signs.includes(found.tokenType)) {
    return error('NSM1009', span, `${quoted(found)} cannot stand after ${quoted(previous)}`, {
      hint: signHint,
      fixes: beginsLine(place, found).image === 'param' ? [replacement(span, '=')] : [],
    });
  }
  const meant = isName(found) ? didYouMean(found.image, infixWords) : null;
  if (meant !== null) {
    return error('NSM1001', span, `${quoted(found)} cannot stand after ${quoted(previous)}`, {
      hint: `Did you mean \`${meant}\`?`,
      fixes: [replacement(span, meant)],
    });
  }
  if (endsValue(previous) && beginsValue(found) && !isInfix(found) && next.tokenType !== Equals) {
    return unjoined(place, failure);
  }
  return error('NSM1001', span, `${described(found)} cannot stand after ${quoted(previous)}`, {
    hint: memberHint(failure.body),
  });
};

const unjoined = (place: Place, failure: Failure): Diagnostic => {
  const { found, previous } = failure;
  const example = [previous, found].every((token) => isName(token) || token.tokenType === NumberLiteral);
  const product = example
    ? `: a product is \`${previous.image} * ${found.image}\``
    : ', such as `*` for a product';
  return error('NSM1012', spanOf(place, found), `nothing joins ${quoted(previous)} and ${quoted(found)}`, {
    hint: `An operator or a comma is missing here${product}.`,
    secondary: [{ span: spanOf(place, previous), label: 'a value ends here' }],
    fixes: joinFixes(place, failure),
  });
};

const signHint =
  '`name = value` defines, `x ~ Family(...)` draws, `u <- value` updates, `name: type` gives a type.';

/** A word that begins nothing in this body. */
const unknownWord = (place: Place, failure: Failure, word: IToken): Diagnostic => {
  const { body } = failure;
  const here = memberWords[body];
  const meant = didYouMean(word.image, here);
  const home = (Object.keys(bodyNames) as Body[]).find((each) =>
    memberWords[each].includes(word.image as never),
  );
  const message = `${quoted(word)} ${home === undefined ? 'is no member of' : 'does not belong in'} ${bodyNames[body]}`;
  const elsewhere =
    home === undefined
      ? ''
      : home === 'file'
        ? 'It begins a declaration of its own: is a `}` missing above it? '
        : `It belongs in ${homeNames[home]}. `;
  const hint = meant === null ? `${elsewhere}${memberHint(body)}` : `Did you mean \`${meant}\`?`;
  const secondary =
    failure.opening === null
      ? []
      : [{ span: spanOf(place, failure.opening), label: `the body of ${bodyNames[body]} begins here` }];
  const span = spanOf(place, word);
  const fixes = meant === null ? [] : [replacement(span, meant)];
  return error('NSM1008', span, message, { hint, secondary, fixes });
};

const memberHint = (body: Body): string =>
  body === 'file'
    ? declarationHint
    : `Here can stand ${listed(memberWords[body])}${body === 'dynamics' ? ', or `u <- value`' : ''}.`;
