import { type EventCounts, ObjectiveError } from './objective.ts';

type Options = ReadonlyMap<string, string>;

/** Bad events and all, as templates, made from options. Throws ObjectiveError. */
type SliPlugin = (options: Options, labels: Options) => EventCounts;

const BAD_STATUS = 'code=~"(5..|429)"';
const FILTER = /^(?:[^=,]+="[^=,"]+",)+$/;

/** Matchers a user wrote, with or without braces, ending in a comma when there are any. */
function filterOf(options: Options): string {
  const written = (options.get('filter') ?? '').replace(/^[{},]+|[{},]+$/g, '');
  if (written === '') return '';
  if (!FILTER.test(`${written},`)) throw new ObjectiveError(`invalid prometheus filter: ${written}`);
  return `${written},`;
}

/** Requests that failed by status code, of a histogram's count: Sloth's guide to plugins has it as its example. */
const availability: SliPlugin = (options, labels) => {
  const job = options.get('job');
  if (job === undefined) throw new ObjectiveError('job options is required');
  for (const name of ['owner', 'tier'])
    if ((labels.get(name) ?? '') === '')
      throw new ObjectiveError(`invalid labels: ${JSON.stringify(name)} label is required`);
  const of = `${filterOf(options)}job=${JSON.stringify(job)}`;
  const rate = (matchers: string): string =>
    `sum(rate(http_request_duration_seconds_count{ ${matchers} }[{{.window}}]))`;
  return { bad: rate(`${of},${BAD_STATUS}`), total: rate(of) };
};

const PLUGINS: ReadonlyMap<string, SliPlugin> = new Map([['getting_started_availability', availability]]);

/** What a plugin counts; its share is written `\nbad\n/\ntotal`. Throws ObjectiveError for one that is not known. */
export function sliPlugin(id: string, options: Options, labels: Options, line: number): EventCounts {
  const plugin = PLUGINS.get(id);
  if (plugin === undefined)
    throw new ObjectiveError(
      `plugin ${JSON.stringify(id)} is not known: write its query as events or raw; code of plugins is not run`,
      line,
    );
  return plugin(options, labels);
}
