import { apiError } from '@trilith/contract';
import * as v from 'valibot';

/** A command that failed for a reason the person can act on; printed without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Where the server is and as whom to speak to it: TRILITH_URL (default http://127.0.0.1:3000), TRILITH_KEY. */
export interface ServerAddress {
  readonly url: string;
  readonly key: string | undefined;
}

export function serverAddress(env: Readonly<Record<string, string | undefined>>): ServerAddress {
  return { url: (env.TRILITH_URL ?? 'http://127.0.0.1:3000').replace(/\/$/, ''), key: env.TRILITH_KEY };
}

/** Asks the server, with JSON as the body where there is one, and returns the JSON of its answer. Throws CommandError with the server's own words. */
export async function ask(
  { url, key }: ServerAddress,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: object,
): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url + path, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new CommandError(`${url} does not answer; is Trilith running? (TRILITH_URL names another address)`, {
      cause: error,
    });
  }
  const text = await response.text();
  const answer = jsonOf(text);
  if (response.ok) return answer;
  const parsed = v.safeParse(apiError, answer);
  const isText = (response.headers.get('content-type') ?? '').startsWith('text/plain');
  const words = parsed.success ? parsed.output.error.message : isText ? text.trim() : '';
  throw new CommandError(words || `${url}${path} answered ${response.status}`);
}

/** A body as JSON; null when it is none, as an empty one. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Nothing is lost: who asked says what it expected.
    return null;
  }
}
