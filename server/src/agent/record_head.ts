import { stripVTControlCharacters } from 'node:util';

/** Before a head: syslog's priority, a bracket or a quote. */
const OPENING = /^(?:<\d{1,3}>\d? ?)?[[("']?/;

/** How the loggers in use begin a record: a time, a level, an address, JSON or logfmt. */
const HEADS: readonly RegExp[] = [
  /^\d{4}[-/.]\d{2}[-/.]\d{2}/,
  /^\d{1,2}[:/.]\d{2}[:/.]\d{2}/,
  /^\d{1,2}\/[A-Z][a-z]{2}\/\d{4}/,
  /^(?:[A-Z][a-z]{2},? +)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d{1,2}[ ,]/,
  /^(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)\b/,
  /^(?:trace|debug|info|notice|warn|warning|error|critical|fatal)(?:\]|: )/,
  // klog
  /^[IWEF]\d{4} \d/,
  /^\d{1,3}(?:\.\d{1,3}){3}[ :]/,
  // Seconds or milliseconds since the epoch.
  /^\d{10,}(?:\.\d+)?[ \t]/,
  /^\{(?:"|.*\}$)/,
  /^(?:time|ts|timestamp|level|lvl|severity)=/,
];

/** Whether a line looks like the beginning of a logger's record, in colours or not. */
export function isRecordHead(line: string): boolean {
  const plain = line.includes('\u001b') ? stripVTControlCharacters(line) : line;
  const rest = plain.slice(OPENING.exec(plain)?.[0].length);
  return HEADS.some((head) => head.test(rest));
}
