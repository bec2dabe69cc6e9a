import { ConfigFileError, entries, parseYaml, text, type YamlValue } from '../base/yaml_reader.ts';
import { type Objective, ObjectiveError } from './objective.ts';
import { openSloObjectives } from './openslo_file.ts';
import { FILE_KEYS, OBJECT_KEYS, slothObjectives } from './sloth_file.ts';

const DAY_MS = 86_400_000;
/** Documents of one file; more are refused. */
const MOST_DOCUMENTS = 1_000;

/** Objectives of one document, and which format it was in. */
export interface ObjectiveDocument {
  /** `prometheus/v1`, `sloth.slok.dev/v1`, `openslo/v1alpha`. */
  readonly format: string;
  readonly objectives: readonly Objective[];
}

export interface ReadOptions {
  /** The period of formats that name none, in ms; 30 days unless it is given. */
  readonly periodMs?: number;
}

/** Reads every document of a file in whichever format it is. Throws ObjectiveError with the line of the file. */
export function parseObjectiveFile(source: string, { periodMs = 30 * DAY_MS }: ReadOptions = {}): ObjectiveDocument[] {
  const documents = splitDocuments(source);
  if (documents.length > MOST_DOCUMENTS) throw new ObjectiveError(`more than ${MOST_DOCUMENTS} documents in one file`);
  const read = documents.map(({ text: written, line }) => {
    try {
      return parseDocument(parseYaml(written), periodMs);
    } catch (error) {
      if (error instanceof ConfigFileError) throw new ObjectiveError(error.reason, error.line + line);
      if (error instanceof ObjectiveError && error.line > 0)
        throw new ObjectiveError(error.message.replace(/^line \d+: /, ''), error.line + line);
      throw error;
    }
  });
  if (read.every(({ objectives }) => objectives.length === 0)) throw new ObjectiveError('no objectives in the file');
  return read;
}

function parseDocument(file: YamlValue, periodMs: number): ObjectiveDocument {
  const keys = new Map(entries(file));
  const of = (name: string): string => {
    const value = keys.get(name);
    return value === undefined ? '' : text(value);
  };
  const format = of('version') === '' ? of('apiVersion') : of('version');
  const spec = keys.get('spec') ?? file;
  const kind = of('kind');
  switch (format) {
    case 'prometheus/v1':
      return { format, objectives: slothObjectives(file, FILE_KEYS, periodMs) };
    case 'sloth.slok.dev/v1':
      if (kind !== 'PrometheusServiceLevel') throw unknownKind(file, kind, format);
      return { format, objectives: slothObjectives(spec, OBJECT_KEYS, periodMs) };
    case 'openslo/v1alpha':
      return { format, objectives: kind === 'SLO' ? openSloObjectives(keys, periodMs) : [] };
    default:
      throw new ObjectiveError(
        format === ''
          ? 'no version or apiVersion: is this a file of objectives?'
          : `objectives of version ${JSON.stringify(format)} are not known`,
        file.line,
      );
  }
}

const unknownKind = (file: YamlValue, kind: string, format: string): ObjectiveError =>
  new ObjectiveError(`kind ${JSON.stringify(kind)} of ${format} is not an objective`, file.line);

/** The documents between lines of `---`, with how many lines stand before each; empty ones are left out. */
function splitDocuments(source: string): { text: string; line: number }[] {
  const found: { text: string; line: number }[] = [];
  let lines: string[] = [];
  let start = 0;
  const end = (next: number): void => {
    if (lines.some((line) => line.trim() !== '' && !line.trimStart().startsWith('#')))
      found.push({ text: lines.join('\n'), line: start });
    lines = [];
    start = next;
  };
  for (const [i, line] of source.split(/\r?\n/).entries()) {
    if (/^---\s*$/.test(line)) end(i + 1);
    else lines.push(line);
  }
  end(0);
  return found;
}
