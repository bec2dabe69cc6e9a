import { RE2JS, RE2JSSyntaxException } from 're2js';

/** A rule people define: an RE2 pattern and what stands for its matches. */
export interface UserRule {
  readonly name: string;
  readonly pattern: string;
  /** `$1` … `$9` are the pattern's groups, `$$` is a dollar. */
  readonly replacement: string;
  /** Only rows that contain this text are searched; taken from the beginning of the pattern when not given. */
  readonly contains?: string | undefined;
}

/** A pattern that cannot be used; the message says why. */
export class MaskingRuleError extends Error {
  override readonly name = 'MaskingRuleError';
}

export interface CompiledRule {
  readonly name: string;
  readonly pattern: RE2JS;
  readonly replacement: string;
  readonly literal: Uint8Array | undefined;
}

const META = new Set('\\.+*?()|[]{}^$');
const MAY_BE_ABSENT = new Set('*?{');
/** Shorter texts are found almost everywhere. */
const SHORTEST_LITERAL = 2;

/** The text every match of a pattern begins with, or undefined. */
function leadingLiteral(pattern: string): string | undefined {
  if (pattern.includes('|')) return undefined;
  let literal = '';
  for (const char of pattern) {
    if (META.has(char)) {
      if (MAY_BE_ABSENT.has(char)) literal = literal.slice(0, -1);
      break;
    }
    literal += char;
  }
  return literal.length < SHORTEST_LITERAL ? undefined : literal;
}

/** Compiles a rule. Throws MaskingRuleError for a pattern that RE2 refuses or that matches the empty text. */
export function compileRule({ name, pattern, replacement, contains }: UserRule): CompiledRule {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    throw new MaskingRuleError(`rule ${name}: ${error.message}`, { cause: error });
  }
  if (compiled.matcher('').find()) throw new MaskingRuleError(`rule ${name}: the pattern matches the empty text`);
  const literal = contains ?? leadingLiteral(pattern);
  return { name, pattern: compiled, replacement, literal: literal === undefined ? undefined : Buffer.from(literal) };
}

type FoundByPattern = (start: number, end: number, replacement: Uint8Array) => void;

/** Finds the matches of a rule in bytes [start, end) of one row. */
export function findMatches(
  rule: CompiledRule,
  bytes: Uint8Array,
  start: number,
  end: number,
  found: FoundByPattern,
): void {
  const matcher = rule.pattern.matcher(bytes.subarray(start, end));
  while (matcher.find()) {
    if (matcher.end() === matcher.start()) continue;
    const text = rule.replacement.replace(/\$([1-9$])/g, (_, group: string) =>
      group === '$' ? '$' : groupText(matcher, Number(group)),
    );
    found(start + matcher.start(), start + matcher.end(), Buffer.from(text));
  }
}

function groupText(matcher: ReturnType<RE2JS['matcher']>, group: number): string {
  return group <= matcher.groupCount() ? (matcher.group(group) ?? '') : '';
}
