/** What the server says about a query beside its answer, with its place in the text. */
export interface Remark {
  readonly severity: 'warning' | 'info';
  readonly message: string;
  /** Characters of the query; null when the remark has no place. */
  readonly from: number | null;
  readonly to: number | null;
}

const placed = /^(?:PromQL (?:warning|info): )?([\s\S]*?) \((\d{1,6}):(\d{1,6})\)$/;

/** A remark read from Prometheus' wording, which ends with `(line:column)` of where it points. */
function remarkOf(severity: Remark['severity'], text: string, query: string): Remark {
  const match = placed.exec(text);
  if (match === null)
    return { severity, message: text.replace(/^PromQL (?:warning|info): /, ''), from: null, to: null };
  const lines = query.split('\n');
  const line = Number(match[2]);
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const from = before + Number(match[3]) - 1;
  if (line > lines.length || from < 0 || from >= query.length)
    return { severity, message: match[1] ?? text, from: null, to: null };
  return { severity, message: match[1] ?? text, from, to: wordEnd(query, from) };
}

/** The end of the name or call that begins at a place; at least one character on. */
function wordEnd(query: string, from: number): number {
  const word = /^[\p{L}\p{N}_:.]+/u.exec(query.slice(from));
  return from + (word?.[0].length ?? 1);
}

export function remarksOf(
  query: string,
  answer: { readonly warnings: readonly string[]; readonly infos: readonly string[] },
): readonly Remark[] {
  return [
    ...answer.warnings.map((text) => remarkOf('warning', text, query)),
    ...answer.infos.map((text) => remarkOf('info', text, query)),
  ];
}
