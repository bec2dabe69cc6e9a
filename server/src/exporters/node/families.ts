/** Metric families as collectors make them, and their text. */
export type Label = readonly [name: string, value: string];

export interface FamilySample {
  readonly labels: readonly Label[];
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'untyped';
  readonly samples: readonly FamilySample[];
}

/** A family of one sample without labels. */
export function single(name: string, help: string, type: Family['type'], value: number): Family {
  return { name, help, type, samples: [{ labels: [], value }] };
}

const escaped = (value: string): string => value.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`));

function number(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}

/** Prometheus text format 0.0.4; families without samples and samples that are not a number are left out. */
export function renderFamilies(families: readonly Family[]): string {
  const lines: string[] = [];
  for (const { name, help, type, samples } of families) {
    const usable = samples.filter(({ value }) => !Number.isNaN(value));
    if (usable.length === 0) continue;
    lines.push(`# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`, `# TYPE ${name} ${type}`);
    for (const { labels, value } of usable) {
      const set = labels.map(([label, text]) => `${label}="${escaped(text)}"`).join(',');
      lines.push(`${name}${set === '' ? '' : `{${set}}`} ${number(value)}`);
    }
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
