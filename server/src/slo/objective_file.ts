import { isSeq } from 'yaml';
import { ConfigFileError, list, parseYaml, type YamlValue } from '../base/yaml_reader.ts';
import { type Keys, keysOf, textOf } from './keys.ts';
import { type Objective, ObjectiveError } from './objective.ts';
import { openSloObjectives, openSloV1Objectives, type ReadIndicator, v1Ratio } from './openslo_file.ts';
import { pyrraObjective } from './pyrra_file.ts';
import { FILE_KEYS, OBJECT_KEYS, slothObjectives } from './sloth_file.ts';
import { trilithObjectives } from './trilith_file.ts';

const DAY_MS = 86_400_000;
/** Documents of one file; more are refused. */
const MOST_DOCUMENTS = 1_000;

/** Objectives of one document, and which format it was in. */
export interface ObjectiveDocument {
  /** `trilith/v1`, `prometheus/v1`, `sloth.slok.dev/v1`, `openslo/v1alpha`, `openslo/v1`, `pyrra.dev/v1alpha1`. */
  readonly format: string;
  readonly objectives: readonly Objective[];
}

export interface ReadOptions {
  /** The period of formats that name none, in ms; 30 days unless it is given. */
  readonly periodMs?: number;
  /** SLI objects of OpenSLO in other files, by name; those of the file itself win. */
  readonly indicators?: ReadonlyMap<string, ReadIndicator>;
}

/** An object of the file, and how many lines stand before its document. */
interface FileObject {
  readonly value: YamlValue;
  readonly keys: Keys;
  readonly before: number;
}

/**
 * Reads every document of a file in whichever format it is; a document may also be a list of objects. A file of OpenSLO may
 * have objects without objectives: services, data sources, indicators. Throws ObjectiveError with the line of the file.
 */
export function parseObjectiveFile(
  source: string,
  { periodMs = 30 * DAY_MS, indicators: others = new Map() }: ReadOptions = {},
): ObjectiveDocument[] {
  const objects = objectsOf(source);
  if (objects.length === 0) throw new ObjectiveError('no objectives in the file');
  const indicators = new Map([...others, ...indicatorsOf(objects, '')]);
  return objects.map((object) => atLine(object.before, () => readObject(object, periodMs, indicators)));
}

/** The SLI objects of OpenSLO in a file, by name, for SLOs of other files. Throws ObjectiveError for a file that is no YAML. */
export const openSloIndicators = (source: string, file: string): Map<string, ReadIndicator> =>
  indicatorsOf(objectsOf(source), file);

function indicatorsOf(objects: readonly FileObject[], file: string): Map<string, ReadIndicator> {
  const found = objects.filter(({ keys }) => textOf(keys.get('kind')) === 'SLI');
  return new Map(
    found.map(({ keys, value, before }) => {
      const name = textOf(keysOf(keys.get('metadata')).get('name'));
      const read: ReadIndicator = () => {
        try {
          return atLine(before, () => v1Ratio(keys.get('spec') ?? value));
        } catch (error) {
          if (!(error instanceof ObjectiveError)) throw error;
          // Without a line of its own: the one of the message is of the SLI, not of the SLO that refers to it.
          throw new ObjectiveError(`SLI ${JSON.stringify(name)}${file === '' ? '' : ` of ${file}`}: ${error.message}`);
        }
      };
      return [name, read];
    }),
  );
}

function objectsOf(source: string): FileObject[] {
  const documents = splitDocuments(source);
  if (documents.length > MOST_DOCUMENTS) throw new ObjectiveError(`more than ${MOST_DOCUMENTS} documents in one file`);
  return documents.flatMap(({ text: written, line }) =>
    atLine(line, () => {
      const file = parseYaml(written);
      const values = isSeq(file.node) ? list(file) : [file];
      return values.map((value): FileObject => ({ value, keys: keysOf(value), before: line }));
    }),
  );
}

/** Kinds of OpenSLO that go with an SLO. */
const OPENSLO_KINDS = new Set([
  ...['SLO', 'SLI', 'Service', 'DataSource'],
  ...['AlertPolicy', 'AlertCondition', 'AlertNotificationTarget'],
]);

/** Runs what reads a document that begins after so many lines; its errors name lines of the file. */
function atLine<T>(before: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ConfigFileError) throw new ObjectiveError(error.reason, error.line + before);
    if (error instanceof ObjectiveError && error.line > 0)
      throw new ObjectiveError(error.message.slice(`line ${error.line}: `.length), error.line + before);
    throw error;
  }
}

function readObject(
  { value, keys }: FileObject,
  periodMs: number,
  indicators: ReadonlyMap<string, ReadIndicator>,
): ObjectiveDocument {
  const [version, kind] = [textOf(keys.get('version')), textOf(keys.get('kind'))];
  const format = version === '' ? textOf(keys.get('apiVersion')) : version;
  const only = (expected: string): void => oneOf(new Set([expected]));
  const oneOf = (expected: ReadonlySet<string>): void => {
    if (!expected.has(kind))
      throw new ObjectiveError(`kind ${JSON.stringify(kind)} of ${format} is not an objective`, value.line);
  };
  switch (format) {
    case 'trilith/v1':
      return { format, objectives: trilithObjectives(value) };
    case 'prometheus/v1':
      return { format, objectives: slothObjectives(value, FILE_KEYS, periodMs) };
    case 'sloth.slok.dev/v1':
      only('PrometheusServiceLevel');
      return { format, objectives: slothObjectives(keys.get('spec') ?? value, OBJECT_KEYS, periodMs) };
    case 'openslo/v1alpha':
      oneOf(OPENSLO_KINDS);
      return { format, objectives: kind === 'SLO' ? openSloObjectives(keys, periodMs) : [] };
    case 'openslo/v1':
      oneOf(OPENSLO_KINDS);
      return { format, objectives: kind === 'SLO' ? openSloV1Objectives(keys, periodMs, indicators) : [] };
    case 'pyrra.dev/v1alpha1':
      only('ServiceLevelObjective');
      return { format, objectives: [pyrraObjective(keys, periodMs)] };
    default:
      throw new ObjectiveError(
        format === ''
          ? 'no version or apiVersion: is this a file of objectives?'
          : `objectives of version ${JSON.stringify(format)} are not known`,
        value.line,
      );
  }
}

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
