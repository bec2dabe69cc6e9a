import type { Random } from './random.ts';

/** What a line of set L1 says; the texts are made in `logLine`. */
export interface LogEvent {
  readonly service: string;
  /** A word that is planted in the message, with a space before it, or nothing. */
  readonly planted: string;
  /** Whether it falls into the incident. */
  readonly incident: boolean;
  /** A trace id of its own instead of a random one. */
  readonly traceId?: string;
}

/** 5 things and 8 fates make 40 templates, since both numbers share no divisor. */
const TEMPLATES = 40;
const NOUNS = ['payment', 'transfer', 'card', 'session', 'webhook'];
const VERBS = ['accepted', 'queued', 'settled', 'declined', 'retried', 'expired', 'captured', 'refunded'];
const LEVELS = ['INFO', 'INFO', 'INFO', 'INFO', 'INFO', 'DEBUG', 'DEBUG', 'WARN', 'ERROR'];
const ROUTES = 12;
const USERS = 50_000;
const AMOUNTS = 100_000;

const JSON_SHARE = 0.12;
const STACK_TRACE_SHARE = 0.03;
const TRACED_SHARE = 0.6;
const FREQUENT_SHARE = 0.2;
const INCIDENT_ERROR_SHARE = 0.6;
/** Frames of a stack trace, 60 to 110 bytes each: 1 to 4 KB together. */
const FEWEST_FRAMES = 14;
const MOST_FRAMES = 44;

/** Weights of Zipf's law, added up. */
const ZIPF: readonly number[] = (() => {
  let sum = 0;
  return Array.from({ length: TEMPLATES }, (_, rank) => {
    sum += 1 / (rank + 1);
    return sum;
  });
})();

function template(random: Random): number {
  const at = random.next() * (ZIPF.at(-1) ?? 0);
  return ZIPF.findIndex((sum) => at < sum);
}

/**
 * A line: plain text with pairs, JSON in 12 of 100, with a Java stack trace behind it in 3 of 100. A trace id of its own
 * stands in 60 of 100, a frequent word in 20 of 100.
 */
export function logLine(random: Random, { service, planted, incident, traceId }: LogEvent): string {
  const kind = template(random);
  const level = incident && random.next() < INCIDENT_ERROR_SHARE ? 'ERROR' : random.pick(LEVELS);
  const frequent = random.next() < FREQUENT_SHARE ? ' timeout' : '';
  const refused = level === 'ERROR' ? ' connection refused' : '';
  const message = `${NOUNS[kind % NOUNS.length]} ${VERBS[kind % VERBS.length]} in ${random.integer(900) + 1}ms${refused}${planted}${frequent}`;
  const route = `/v1/route${kind % ROUTES}`;
  const user = `u${random.integer(USERS)}`;
  const amount = random.integer(AMOUNTS);
  const trace = traceId ?? (random.next() < TRACED_SHARE ? random.hex(32) : undefined);
  const form = random.next();
  if (form < JSON_SHARE) {
    const traced = trace === undefined ? '' : `,"trace_id":"${trace}"`;
    return `{"level":"${level}","service":"${service}","msg":"${message}","route":"${route}","user_id":"${user}","amount":${amount}${traced},"logger":"com.example.payments.${NOUNS[kind % NOUNS.length]}"}`;
  }
  const traced = trace === undefined ? '' : ` trace_id=${trace}`;
  const line = `${level} [${service}] ${message} route=${route} user_id=${user} amount=${amount}${traced}`;
  return form < JSON_SHARE + STACK_TRACE_SHARE ? `${line}\n${stackTrace(random, kind)}` : line;
}

const CLASSES = Array.from({ length: 60 }, (_, i) => {
  const layer = ['handlers', 'service', 'repository', 'client', 'pool', 'security'][i % 6];
  const name = ['Payment', 'Transfer', 'Card', 'Session', 'Webhook', 'Ledger', 'Account'][i % 7];
  return `com.example.payments.${layer}.${name}${['Controller', 'Service', 'Repository', 'Client'][i % 4]}`;
});
const METHODS = ['process', 'validate', 'lambda$apply$0', 'invoke', 'doFilterInternal', 'executeQuery', 'retry'];

const frame = (at: number): string => {
  const name = CLASSES[at % CLASSES.length] ?? '';
  const method = METHODS[at % METHODS.length] ?? '';
  // A method stands at the same line every time.
  return `\tat ${name}.${method}(${name.slice(name.lastIndexOf('.') + 1)}.java:${40 + ((at * 7) % 400)})`;
};

/** The calls below what failed, which are the same whenever the same is logged. */
const CALLERS: readonly (readonly string[])[] = Array.from({ length: TEMPLATES }, (_, kind) =>
  Array.from({ length: FEWEST_FRAMES + ((kind * 11) % (MOST_FRAMES - FEWEST_FRAMES)) }, (_, depth) =>
    frame(kind * 31 + depth * 17),
  ),
);

/** 1 to 4 KB: what failed, in a method of several, and who called it. */
function stackTrace(random: Random, kind: number): string {
  const failed = frame(random.integer(CLASSES.length * METHODS.length));
  return ['java.lang.IllegalStateException: connection pool exhausted', failed, ...(CALLERS[kind] ?? [])].join('\n');
}
