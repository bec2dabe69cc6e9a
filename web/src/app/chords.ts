/** One keystroke by physical key: `KeyG`, `Ctrl+KeyK`, `Shift+Slash`. Ctrl stands for Cmd as well. */
export type Stroke = string;

export interface Binding {
  readonly id: string;
  /** The strokes in order: one, or two for a chord. */
  readonly strokes: readonly Stroke[];
  readonly run: () => void;
}

export interface KeyInput {
  readonly code: string;
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** The stroke of a key event, or null for a bare modifier. Physical keys, so a Russian layout changes nothing. */
export function strokeOf(event: KeyInput): Stroke | null {
  if (/^(?:Shift|Control|Alt|Meta)/.test(event.code)) return null;
  // On layouts that keep ? elsewhere, the character itself also asks for help.
  if (event.key === '?') return 'Shift+Slash';
  const ctrl = event.ctrlKey || event.metaKey ? 'Ctrl+' : '';
  return `${ctrl}${event.altKey ? 'Alt+' : ''}${event.shiftKey ? 'Shift+' : ''}${event.code}`;
}

export interface ChordStep {
  readonly run: Binding | null;
  /** What has been typed of a chord that may still complete. */
  readonly pending: readonly Stroke[];
}

/** Feeds one stroke; later bindings win, so a screen may take over a global key. */
export function nextChord(pending: readonly Stroke[], stroke: Stroke, bindings: readonly Binding[]): ChordStep {
  const typed = [...pending, stroke];
  const starts = bindings.filter((one) => typed.every((value, at) => one.strokes[at] === value));
  const done = starts.findLast((one) => one.strokes.length === typed.length);
  if (done !== undefined) return { run: done, pending: [] };
  if (starts.length > 0) return { run: null, pending: typed };
  return pending.length > 0 ? nextChord([], stroke, bindings) : { run: null, pending: [] };
}

const names: Readonly<Record<string, string>> = {
  Slash: '/',
  Period: '.',
  BracketLeft: '[',
  BracketRight: ']',
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Equal: '+',
  Minus: '-',
};

/** A stroke as printed on the key caps: `Ctrl+K`, `?`, `g`. */
export function strokeText(stroke: Stroke): string {
  if (stroke === 'Shift+Slash') return '?';
  return stroke
    .split('+')
    .map((part) => names[part] ?? part.replace(/^Key|^Digit/, ''))
    .map((part, _, all) => (all.length === 1 && /^[A-Z]$/.test(part) ? part.toLowerCase() : part))
    .join('+');
}
