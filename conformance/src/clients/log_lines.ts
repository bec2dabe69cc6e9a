import type { RunningServer } from '../running_server.ts';

interface StreamsAnswer {
  readonly data: {
    readonly result: readonly {
      readonly stream: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [ns: string, line: string])[];
    }[];
  };
}

/** A line and the labels it is shown under. */
interface FoundLine {
  readonly labels: Readonly<Record<string, string>>;
  readonly ns: bigint;
  readonly line: string;
}

/** What a log query finds in the last hour, oldest first. */
export async function foundLines(server: RunningServer, query: string): Promise<FoundLine[]> {
  const parameters = { query, direction: 'forward', limit: '5000' };
  const answer = (await server.get('/loki/api/v1/query_range', parameters)) as StreamsAnswer;
  return answer.data.result
    .flatMap(({ stream, values }) => values.map(([ns, line]) => ({ labels: stream, ns: BigInt(ns), line })))
    .sort((a, b) => Number(a.ns - b.ns));
}

/** The lines of a log query of the last hour, oldest first. */
export async function logLines(server: RunningServer, query: string): Promise<string[]> {
  return (await foundLines(server, query)).map(({ line }) => line);
}
