import type { SilenceRequest } from '../../data/silences.ts';

/** The same silence as a command of Alertmanager's own tool, against this program. */
export function amtoolCommand(
  matchers: readonly string[],
  lastsMs: number,
  { createdBy, comment }: Pick<SilenceRequest, 'createdBy' | 'comment'>,
): string {
  return [
    'amtool silence add',
    `--alertmanager.url=${inShell(`${window.location.origin}/alertmanager`)}`,
    `--duration=${Math.max(1, Math.round(lastsMs / 60_000))}m`,
    `--author=${inShell(createdBy)}`,
    `--comment=${inShell(comment)}`,
    ...matchers.map(inShell),
  ].join(' ');
}

/** The same silence as a request of `curl`. */
export function curlCommand(request: SilenceRequest): string {
  return [
    'curl -X POST',
    inShell(`${window.location.origin}/alertmanager/api/v2/silences`),
    "-H 'content-type: application/json'",
    `-d ${inShell(JSON.stringify(request))}`,
  ].join(' ');
}

function inShell(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
