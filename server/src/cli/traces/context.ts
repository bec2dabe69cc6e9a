import { styleText } from 'node:util';
import type { TraceContextAnswer } from '@trilith/contract';
import { rfc3339, withoutControls } from '../logs/print.ts';

const NS_PER_MS = 1_000_000n;

/** What happened around a trace as lines of text: changes, alerts, what failed, metrics to look at, what is missing. */
export function contextLines(context: TraceContextAnswer, color: boolean): string[] {
  const title = (text: string): string => (color ? styleText('bold', text, { validateStream: false }) : text);
  const time = (ms: number): string => rfc3339(String(BigInt(ms) * NS_PER_MS));
  const section = <T>(
    name: string,
    { value, failure }: { readonly value: readonly T[] | null; readonly failure: { readonly message: string } | null },
    line: (one: T) => string | readonly string[],
  ): string[] => {
    if (failure !== null) return [title(name), `  could not be read: ${failure.message}`];
    return value === null || value.length === 0
      ? []
      : [title(name), ...value.flatMap(line).map((text) => `  ${withoutControls(text)}`)];
  };
  const whole = <T>(value: readonly T[]) => ({ value, failure: null });
  return [
    ...section(
      'Failures',
      whole(context.failures),
      ({ service, operation, type, message }) =>
        `${service}: ${operation}  ${[type, message].filter((text) => text !== '').join(': ')}`,
    ),
    ...section('Changes', context.changes, ({ timeMs, kind, service, title: what, version, author }) =>
      [time(timeMs), kind, service, what, version, author].filter((text) => text !== '').join('  '),
    ),
    ...section(
      'Alerts that were firing',
      context.alerts,
      ({ name, labels }) =>
        `${name}  ${Object.entries(labels)
          .filter(([label]) => !['__name__', 'alertname', 'alertstate'].includes(label))
          .map(([label, value]) => `${label}=${value}`)
          .join(' ')}`,
    ),
    ...section(
      'Samples that name it',
      context.exemplars,
      ({ timeMs, value, labels }) => `${time(timeMs)}  ${labels.__name__ ?? ''}  ${value}`,
    ),
    ...section('Metrics of its places', context.subjects, ({ kind, name, panels }) =>
      panels.map((panel) => `${kind} ${name}: ${panel.title}  ${panel.query}`),
    ),
    ...section('Missing', whole(context.missing), ({ words, snippet, document }) => [
      `${words} (${document})`,
      ...(snippet === '' ? [] : [`  ${snippet}`]),
    ]),
  ];
}
