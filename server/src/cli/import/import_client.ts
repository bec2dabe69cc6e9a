import { setTimeout as wait } from 'node:timers/promises';
import {
  apiError,
  type ImportAnswer,
  type ImportLimitsAnswer,
  importAnswer,
  importLimitsAnswer,
} from '@trilith/contract';
import * as v from 'valibot';
import { ask, CommandError, type ServerAddress } from '../http.ts';

const PATH = '/api/admin/import/metrics';
/** A server that is restarting or behind is waited for this long. */
const PATIENCE_MS = 10 * 60_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** What the server will keep. Throws CommandError with the server's own words. */
export async function importLimits(server: ServerAddress): Promise<ImportLimitsAnswer> {
  const answer = v.safeParse(importLimitsAnswer, await ask(server, 'GET', PATH));
  if (!answer.success) throw new CommandError(`${server.url} is no Trilith that can import`);
  return answer.output;
}

/**
 * Sends one request and waits until it is on the server's disk. An overloaded, restarting or unreachable server is asked
 * again for ten minutes: the same bytes twice are stored once.
 * @throws CommandError with the server's words when it will not take the request
 */
export async function sendImport(server: ServerAddress, body: Uint8Array<ArrayBuffer>): Promise<ImportAnswer> {
  const deadline = Date.now() + PATIENCE_MS;
  for (let pauseMs = FIRST_WAIT_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_WAIT_MS)) {
    const answer = await attempt(server, body);
    if ('samples' in answer) return answer;
    if (!answer.again || Date.now() > deadline) throw new CommandError(answer.message);
    await wait(Math.max(answer.afterMs, pauseMs));
  }
}

interface Refused {
  readonly again: boolean;
  readonly afterMs: number;
  readonly message: string;
}

async function attempt({ url, key }: ServerAddress, body: Uint8Array<ArrayBuffer>): Promise<ImportAnswer | Refused> {
  let response: Response;
  let json: unknown;
  try {
    response = await fetch(url + PATH, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-protobuf;proto=io.prometheus.write.v2.Request',
        'content-encoding': 'snappy',
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      },
      body,
    });
    json = await response.json();
  } catch (error) {
    return { again: true, afterMs: 0, message: `${url} does not answer: ${(error as Error).message}` };
  }
  if (response.ok) {
    const answer = v.safeParse(importAnswer, json);
    if (answer.success) return answer.output;
  }
  const parsed = v.safeParse(apiError, json);
  return {
    again: response.status === 429 || response.status >= 500,
    afterMs: Number(response.headers.get('retry-after') ?? 0) * 1000,
    message: parsed.success ? parsed.output.error.message : `${url}${PATH} answered ${response.status}`,
  };
}
