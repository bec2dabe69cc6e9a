/** A column of the list of lines; the time always comes first and is not among them. */
export interface Column {
  /** `level`, `service`, `message`, or a field. */
  readonly name: string;
  /** Width in CSS pixels; null for the column's own. */
  readonly width: number | null;
  /** Breaks long values into lines instead of cutting them. */
  readonly wrap: boolean;
}

export const builtIn = ['level', 'service', 'message'] as const;
export const narrowest = 48;
const widest = 2000;

function column(name: string): Column {
  return { name, width: null, wrap: false };
}

export const plainColumns: readonly Column[] = builtIn.map(column);

/** Columns from the address: `level,status:90,message:400w`. Text without a built-in column is extra columns before the message. */
export function readColumns(text: string | null): readonly Column[] {
  if (text === null || text === '') return plainColumns;
  const named = text.split(',').flatMap((part): Column[] => {
    const match = /^(.+?)(?::(\d{1,4})?(w)?)?$/.exec(part.trim());
    if (match?.[1] === undefined) return [];
    const width = match[2] === undefined ? null : Math.min(widest, Math.max(narrowest, Number(match[2])));
    return [{ name: match[1], width, wrap: match[3] === 'w' }];
  });
  const unique = named.filter((one, at) => named.findIndex((other) => other.name === one.name) === at);
  if (unique.some((one) => builtIn.some((name) => name === one.name))) return unique;
  return [...plainColumns.slice(0, -1), ...unique, ...plainColumns.slice(-1)];
}

/** What {@link readColumns} reads; null for the plain columns, which need no word. */
export function writeColumns(columns: readonly Column[]): string | null {
  const text = columns
    .map(({ name, width, wrap }) => (width === null && !wrap ? name : `${name}:${width ?? ''}${wrap ? 'w' : ''}`))
    .join(',');
  return text === plainColumns.map((one) => one.name).join(',') ? null : text;
}

/** With a column shown, before the message, or no longer shown. The last one stays. */
export function toggled(columns: readonly Column[], name: string): readonly Column[] {
  const without = columns.filter((one) => one.name !== name);
  if (without.length < columns.length) return without.length === 0 ? columns : without;
  const message = columns.findIndex((one) => one.name === 'message');
  return columns.toSpliced(message < 0 ? columns.length : message, 0, column(name));
}

/** With a column moved to the place of another. */
export function moved(columns: readonly Column[], name: string, to: string): readonly Column[] {
  const from = columns.findIndex((one) => one.name === name);
  const target = columns.findIndex((one) => one.name === to);
  const taken = columns[from];
  if (taken === undefined || target < 0 || from === target) return columns;
  return columns.toSpliced(from, 1).toSpliced(target, 0, taken);
}

export function changed(columns: readonly Column[], name: string, part: Partial<Column>): readonly Column[] {
  return columns.map((one) => (one.name === name ? { ...one, ...part } : one));
}
