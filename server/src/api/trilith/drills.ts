import { globSync, readFileSync } from 'node:fs';
import { type DrillRunsAnswer, type DrillsAnswer, drillRequest } from '@trilith/contract';
import { type HttpRequest, type HttpResponse, jsonResponse, type Route } from '../../base/http.ts';
import { ConfigFileError } from '../../base/yaml_reader.ts';
import { type Drill, DrillRefused, type Drills, loadedRules, parseDrills } from '../../drills/index.ts';
import type { GroupDefinition } from '../../rules/index.ts';
import { RequestError } from './respond.ts';
import { answered, bodyOf } from './state_requests.ts';

export interface DrillSource {
  readonly tenant: string;
  readonly drills: Drills;
  /** Globs of files of drills. */
  readonly files: () => readonly string[];
  readonly groups: () => readonly GroupDefinition[];
  readonly authorOf: (request: HttpRequest) => string;
}

const MAX_BODY_BYTES = 256 * 1024;
/** Runs that the list shows. */
const MOST_LISTED = 200;
const MOST_FILES = 200;

/** `GET` and `POST /api/drills`, `GET` and `DELETE /api/drills/ID`. */
export function drillRoutes(source: DrillSource): Route[] {
  const route = (
    method: Route['method'],
    path: string,
    run: (request: HttpRequest) => Promise<DrillsAnswer | DrillRunsAnswer>,
  ): Route => ({
    method,
    path,
    handler: (request): Promise<HttpResponse> =>
      answered(request, async () => {
        if (request.tenant !== source.tenant)
          throw new RequestError(404, 'not_found', `drills belong to the tenant ${source.tenant}`);
        return jsonResponse(200, await run(request));
      }),
  });
  return [
    route('GET', '/api/drills', () => listOf(source)),
    route('POST', '/api/drills', (request) => start(request, source)),
    route('GET', '/api/drills/:id', async ({ params }) => ({ runs: [await runOf(params.id ?? '', source)] })),
    route('DELETE', '/api/drills/:id', async ({ params }) => {
      const id = params.id ?? '';
      if (!source.drills.stop(id)) throw new RequestError(404, 'not_found', 'no drill of that id runs');
      return { runs: [await runOf(id, source)] };
    }),
  ];
}

async function listOf({ drills, files, groups }: DrillSource): Promise<DrillsAnswer> {
  const { found, broken } = readFiles(files());
  return {
    runs: (await drills.all()).slice(0, MOST_LISTED),
    known: found.map(({ file, drill }) => ({
      name: drill.name,
      file,
      alert: drill.alert,
      rule:
        loadedRules(drill, groups()).map(({ group, rule }) => ({
          file: group.file,
          group: group.name,
          rule: rule.name,
        }))[0] ?? null,
      kind: drill.cause.kind,
    })),
    broken,
  };
}

async function runOf(id: string, { drills }: DrillSource): Promise<DrillRunsAnswer['runs'][number]> {
  const run = await drills.of(id);
  if (run === undefined) throw new RequestError(404, 'not_found', 'there is no drill of that id');
  return run;
}

async function start(request: HttpRequest, source: DrillSource): Promise<DrillRunsAnswer> {
  const { text, name, trueTime } = bodyOf(request, drillRequest, 'a drill', MAX_BODY_BYTES);
  const written = text === undefined ? readFiles(source.files()).found.map(({ drill }) => drill) : drillsOf(text);
  const chosen = written.filter((drill) => name === undefined || drill.name === name);
  if (chosen.length === 0) throw new RequestError(404, 'not_found', `there is no drill ${JSON.stringify(name)}`);
  try {
    return { runs: [...(await source.drills.start(chosen, { trueTime, author: source.authorOf(request) }))] };
  } catch (error) {
    if (error instanceof DrillRefused) throw new RequestError(409, 'refused', error.message, { cause: error });
    throw error;
  }
}

/** Throws RequestError. */
function drillsOf(text: string): readonly Drill[] {
  try {
    return parseDrills(text);
  } catch (error) {
    if (error instanceof ConfigFileError) throw new RequestError(400, 'bad_drill', error.message, { cause: error });
    throw error;
  }
}

/** The drills of all files, and why a file cannot be used. */
function readFiles(patterns: readonly string[]): {
  readonly found: readonly { readonly file: string; readonly drill: Drill }[];
  readonly broken: DrillsAnswer['broken'];
} {
  const found: { file: string; drill: Drill }[] = [];
  const broken: DrillsAnswer['broken'] = [];
  for (const file of patterns.flatMap((pattern) => globSync(pattern).sort()).slice(0, MOST_FILES)) {
    try {
      found.push(...parseDrills(readFileSync(file, 'utf8')).map((drill) => ({ file, drill })));
    } catch (error) {
      broken.push({ file, reason: error instanceof Error ? error.message : String(error) });
    }
  }
  return { found, broken };
}
