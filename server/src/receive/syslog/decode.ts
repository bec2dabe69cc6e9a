import type { Decode, DecodeContext, Decoded } from '../../model/ingest.ts';
import { SEVERITY_UNKNOWN, severityOfSyslog } from '../../model/severity.ts';
import { eachMessage } from '../datagrams/index.ts';
import { type Moment, momentOfMs, RecordSink } from '../records/index.ts';
import { readSyslog } from './message.ts';

/** RFC 5424, table 1, by the keywords of syslog(3). */
const FACILITIES = [
  ...['kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp'],
  ...['ntp', 'audit', 'alert', 'clock'],
  ...['local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7'],
];

/**
 * A batch of syslog messages (`receive/datagrams`) to log rows. The line is the message's text; host, app and facility are its
 * stream, process id, message id and structured data its attributes. Its severity counts when the text names none.
 */
export const decodeSyslog: Decode = (body, context): Decoded => {
  const sink = new RecordSink(context, body.length);
  eachMessage(body, (peer, start, end) => {
    const message = readSyslog(body, start, end, context.nowMs);
    const { app, host, processId, messageId, data, textStart, severity } = message;
    const labels = [
      ['host', host === '' ? peer : host],
      ['facility', FACILITIES[message.facility] ?? ''],
      ['app', app],
    ] as const;
    const isAccepted = message.moment !== undefined && isAcceptedTime(message.moment, context);
    sink.add({
      labels: labels.filter(([, value]) => value !== ''),
      ...(isAccepted && message.moment !== undefined ? message.moment : momentOfMs(context.nowMs)),
      line: body.subarray(textStart, textEnd(body, textStart, end)),
      attributes: [
        ...only('proc_id', processId),
        ...only('msg_id', messageId),
        ...only('syslog_time', isAccepted ? '' : timeOf(message.moment)),
        ...data,
      ],
      severity: severity === undefined ? SEVERITY_UNKNOWN : severityOfSyslog(severity),
    });
  });
  return sink.decoded();
};

/** Whether a log record of this time is taken (`model/decode_limits`). */
function isAcceptedTime({ seconds }: Moment, { nowMs, limits }: DecodeContext): boolean {
  const ms = seconds * 1000;
  return ms >= nowMs - limits.oldestLogMs && ms <= nowMs + limits.newestMs - 1_000;
}

/** RFC 3339; empty without a time. */
function timeOf(moment: Moment | undefined): string {
  return moment === undefined ? '' : new Date(moment.seconds * 1000).toISOString();
}

function only(name: string, value: string): [string, string][] {
  return value === '' ? [] : [[name, value]];
}

/** Some senders end a message with line feeds or zero bytes. */
function textEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && (bytes[at - 1] === 0x0a || bytes[at - 1] === 0x0d || bytes[at - 1] === 0)) at--;
  return at;
}
