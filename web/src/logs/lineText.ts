/** How a piece of a line is drawn. */
export interface TextPiece {
  readonly text: string;
  /** Found by the query. */
  readonly marked: boolean;
  /** Hidden by masking before it was stored. */
  readonly masked: boolean;
  /** Terminal colour 0 to 15, and whether it was written bold; null for the plain text. */
  readonly color: number | null;
  readonly bold: boolean;
}

interface Style {
  readonly color: number | null;
  readonly bold: boolean;
}

const plain: Style = { color: null, bold: false };
/** Pieces a line is cut into at most; the rest is one piece. */
const mostPieces = 200;
/** ECMA-48 control sequences, and operating system commands as terminals know them (links, titles). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for.
const control = /\u001b(?:\[([0-9;:]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\^_])/g;
/** What masking leaves: a card number's first six and last four digits, or three asterisks for the whole of a secret. */
const maskedText = /\b(?:\d[ -]?){6}(?:\*[ -]?){3,9}(?:\d[ -]?){3}\d\b|\*{3,}/g;

/** `\u043f` and the like outside of ASCII as the letters they stand for. */
export function unescaped(text: string): string {
  if (!text.includes('\\u')) return text;
  return text.replace(/(?:\\u[0-9a-fA-F]{4})+/g, (run) =>
    run.replace(/\\u([0-9a-fA-F]{4})/g, (one, digits: string) => {
      const code = Number.parseInt(digits, 16);
      return code < 0xa0 ? one : String.fromCharCode(code);
    }),
  );
}

/** The text's first characters (UTF-16 units), one less where that would halve a character. */
export function startOf(text: string, most: number): string {
  if (text.length <= most) return text;
  return text.slice(0, /[\ud800-\udbff]/.test(text.charAt(most - 1)) ? most - 1 : most);
}

/** The text without control sequences. */
export function withoutControls(text: string): string {
  return text.includes('\u001b') ? text.replace(control, '') : text;
}

/** The style after an SGR sequence (ECMA-48 8.3.117); what browsers should not imitate (blinking, hiding) is passed over. */
function styleAfter(style: Style, parameters: string): Style {
  const codes = parameters === '' ? [0] : parameters.split(/[;:]/).map(Number);
  let { color, bold } = style;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 0) ({ color, bold } = plain);
    else if (code === 1) bold = true;
    else if (code === 22) bold = false;
    else if (code >= 30 && code <= 37) color = code - 30;
    else if (code >= 90 && code <= 97) color = code - 82;
    else if (code === 39) color = null;
    else if (code === 38 || code === 48) {
      // 38;5;n is one of 256 colours, 38;2;r;g;b any: the first sixteen are themes' own, the rest stay plain.
      const indexed = codes[at + 1] === 5;
      if (code === 38 && indexed) color = (codes[at + 2] ?? 16) < 16 ? (codes[at + 2] ?? 0) : null;
      at += indexed ? 2 : 4;
    }
  }
  return { color, bold };
}

interface Run extends Style {
  readonly text: string;
}

/** The text cut where its terminal style changes. */
function styledRuns(text: string): readonly Run[] {
  if (!text.includes('\u001b')) return [{ text, ...plain }];
  const runs: Run[] = [];
  let style = plain;
  let at = 0;
  for (const match of text.matchAll(control)) {
    if (match.index > at) runs.push({ text: text.slice(at, match.index), ...style });
    if (match[2] === 'm') style = styleAfter(style, match[1] ?? '');
    at = match.index + match[0].length;
    if (runs.length >= mostPieces) break;
  }
  if (at < text.length) runs.push({ text: text.slice(at), ...style });
  return runs;
}

/** Places of the needles in a text, upper and lower case alike, one after the other. */
function marksIn(text: string, wanted: readonly string[]): readonly (readonly [from: number, to: number])[] {
  const lower = text.toLowerCase();
  // Case folding may change the length of a text; offsets would then lie.
  if (wanted.length === 0 || lower.length !== text.length) return [];
  const needles = wanted.map((one) => one.toLowerCase());
  const marks: [number, number][] = [];
  for (let at = 0; at < text.length && marks.length < mostPieces; ) {
    let next = -1;
    let length = 0;
    for (const needle of needles) {
      const found = lower.indexOf(needle, at);
      if (found >= 0 && (next < 0 || found < next)) {
        next = found;
        length = needle.length;
      }
    }
    if (next < 0 || length === 0) break;
    marks.push([next, next + length]);
    at = next + length;
  }
  return marks;
}

/** A line as it is drawn: terminal colours, what was searched for, what was masked. */
export function piecesOf(text: string, wanted: readonly string[]): readonly TextPiece[] {
  const runs = styledRuns(unescaped(text));
  const whole = runs.map((run) => run.text).join('');
  const marks = marksIn(whole, wanted);
  const masks = [...whole.matchAll(maskedText)].map((match) => [match.index, match.index + match[0].length] as const);
  const edges = [...marks, ...masks].flat();
  const inside = (places: readonly (readonly [number, number])[], at: number): boolean =>
    places.some(([from, to]) => at >= from && at < to);
  const pieces: TextPiece[] = [];
  let start = 0;
  for (const { text: own, color, bold } of runs) {
    const end = start + own.length;
    const cuts = [...new Set([start, ...edges.filter((edge) => edge > start && edge < end), end])].sort(
      (a, b) => a - b,
    );
    for (let i = 0; i + 1 < cuts.length; i += 1) {
      const from = cuts[i] ?? start;
      const piece = whole.slice(from, cuts[i + 1]);
      if (piece !== '')
        pieces.push({ text: piece, marked: inside(marks, from), masked: inside(masks, from), color, bold });
    }
    start = end;
  }
  return pieces;
}

export interface FoldedText {
  /** Lines that say something. */
  readonly lines: readonly string[];
  /** How many lines were folded away behind each of them. */
  readonly hidden: readonly number[];
}

/** Frames of Java, Python, Node, Go, .NET and Ruby, and what runtimes write between them. */
const frame =
  /^\s+at .+|^\s+File ".+", line \d+|^\s+\.\.\. \d+ (?:more|common frames)|^\t\S+\.go:\d+|^goroutine \d+|^\s+from .+:\d+:in |^\s{4,}\S/;
const framesKept = 2;

/** A stack trace with only the first frames of each run of them. */
export function foldFrames(text: string): FoldedText {
  const lines: string[] = [];
  const hidden: number[] = [];
  let run = 0;
  for (const line of text.split('\n')) {
    run = frame.test(line) ? run + 1 : 0;
    if (run > framesKept) hidden[hidden.length - 1] = (hidden.at(-1) ?? 0) + 1;
    else {
      lines.push(line);
      hidden.push(0);
    }
  }
  return { lines, hidden };
}
