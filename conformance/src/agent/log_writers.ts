import { appendFileSync, copyFileSync, mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Something that writes numbered records into a file and rotates it as its kind does. */
export interface LogWriter {
  /** `service.name` its records arrive under. */
  readonly service: string;
  /** Records written so far. */
  readonly written: number;
  /** Writes the next record. */
  write(): void;
  /** Rotates the file; what was written stays in a file beside it. */
  rotate(): void;
}

/** Every so many records one is a stack trace of several lines. */
const TRACE_EVERY = 50;
/** Every so many lines of a container one is split as the runtime splits long ones. */
const SPLIT_EVERY = 20;

/** The text of record `n`: its number is in it, and nowhere else. */
function recordText(n: number): string {
  if (n % TRACE_EVERY === 0)
    return `java.lang.IllegalStateException: record ${n}\n\tat com.example.Pay.run(Pay.java:10)\n\tat com.example.Main.main(Main.java:3)`;
  const level = n % 10 === 0 ? 'ERROR' : 'INFO';
  return JSON.stringify({ level, message: 'payment taken', record: n, trace_id: n.toString(16).padStart(32, '0') });
}

/** Lines of a container in CRI's format, in the directories and with the rotation of the kubelet. */
export function containerWriter(root: string, service: string): LogWriter {
  const pod = `${service}-0`;
  const directory = join(root, 'pods', `prod_${pod}_11111111-2222-3333-4444-555555555555`, service);
  const path = join(directory, '0.log');
  mkdirSync(directory, { recursive: true });
  mkdirSync(join(root, 'containers'), { recursive: true });
  writeFileSync(path, '');
  symlinkSync(path, join(root, 'containers', `${pod}_prod_${service}-${'c'.repeat(64)}.log`));
  let written = 0;
  let generation = 0;
  const line = (stream: string, tag: string, text: string): string =>
    `${new Date().toISOString().slice(0, -1)}${String(written % 1_000_000).padStart(6, '0')}Z ${stream} ${tag} ${text}\n`;
  return {
    service,
    get written() {
      return written;
    },
    write() {
      const text = recordText(written);
      const stream = written % 3 === 0 ? 'stderr' : 'stdout';
      const half = text.length >> 1;
      if (written % SPLIT_EVERY === 7)
        appendFileSync(path, line(stream, 'P', text.slice(0, half)) + line(stream, 'F', text.slice(half)));
      else for (const one of text.split('\n')) appendFileSync(path, line(stream, 'F', one));
      written++;
    },
    rotate() {
      renameSync(path, `${path}.${String(generation++).padStart(6, '0')}`);
      writeFileSync(path, '');
    },
  };
}

/** A plain file that logrotate renames, or copies and empties. */
export function fileWriter(root: string, service: string, way: 'rename' | 'copytruncate'): LogWriter {
  const path = join(root, `${service}.log`);
  writeFileSync(path, '');
  let written = 0;
  let generation = 0;
  return {
    service,
    get written() {
      return written;
    },
    write() {
      appendFileSync(path, `${recordText(written++)}\n`);
    },
    rotate() {
      const old = `${path}.${generation++}`;
      if (way === 'rename') {
        renameSync(path, old);
        writeFileSync(path, '');
        return;
      }
      copyFileSync(path, old);
      truncateSync(path, 0);
    },
  };
}
