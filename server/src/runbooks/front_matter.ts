import { ConfigFileError, entries, parseYaml, record, text, texts } from '../base/yaml_reader.ts';

/** What stands between lines of `---` at the start of a runbook. */
export interface FrontMatter {
  /** Empty when it says none. */
  readonly title: string;
  /** Names of the alerts it is for. */
  readonly alerts: readonly string[];
  readonly labels: ReadonlyMap<string, string>;
  /** The text after it. */
  readonly body: string;
  /** Lines before that. */
  readonly lines: number;
}

const FENCED = /^---[ \t]*\r?\n([\s\S]*?)(?:\r?\n)?---[ \t]*(?:\r?\n|$)/;
const KEYS = ['title', 'alerts', 'labels'];

/** Reads the front matter: `title`, `alerts` (a list) and `labels` (a mapping). Throws ConfigFileError with the line in the file. */
export function readFrontMatter(source: string): FrontMatter {
  const match = FENCED.exec(source);
  if (match === null) return { title: '', alerts: [], labels: new Map(), body: source, lines: 0 };
  try {
    const keys = record(parseYaml(match[1] ?? ''), KEYS);
    const title = keys.get('title');
    const labels = keys.get('labels');
    return {
      title: title === undefined ? '' : text(title),
      alerts: texts(keys.get('alerts')),
      labels: new Map(labels === undefined ? [] : entries(labels).map(([name, value]) => [name, text(value)])),
      ...bodyAfter(source),
    };
  } catch (error) {
    if (error instanceof ConfigFileError) throw new ConfigFileError(error.line + 1, error.reason);
    throw error;
  }
}

/** The text of a runbook without what stands before it. */
export function bodyAfter(source: string): Pick<FrontMatter, 'body' | 'lines'> {
  const [before = ''] = FENCED.exec(source) ?? [];
  return { body: source.slice(before.length), lines: before.split('\n').length - 1 };
}
