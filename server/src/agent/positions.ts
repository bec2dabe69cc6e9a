import * as v from 'valibot';
import { type Files, readWhole, replaceFile } from '../base/files.ts';

const offset = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const fingerprint = v.object({ bytes: offset, hash: v.string() });

/**
 * How far a file is in the queue. Its output streams (stdout, stderr) are joined into records apart, so each has a mark
 * of its own; reading goes on at the lowest and leaves out what lies before the mark of its stream.
 */
const filePosition = v.object({
  /** Device and inode. */
  key: v.string(),
  /** Where it was last seen; symbolic links resolved. */
  path: v.string(),
  /** Its path as the pattern found it: Kubernetes names pod and container there. */
  source: v.string(),
  fingerprint,
  /** How the files began that had this place before it. */
  former: v.array(fingerprint),
  marks: v.record(v.string(), offset),
  /** When it was last written to as far as was seen, ms since the epoch, by the file system's clock. */
  modifiedMs: v.number(),
  /** The file is gone and read to its end: nothing of it is kept any more. */
  ended: v.optional(v.boolean()),
});

export type FilePosition = v.InferOutput<typeof filePosition>;

const checkpointSchema = v.object({ version: v.literal(1), seq: offset, files: v.array(filePosition) });
const headerSchema = v.object({ positions: v.array(filePosition) });

/** Where reading a file goes on. */
export const resumeOffset = ({ marks }: FilePosition): number => {
  const offsets = Object.values(marks);
  return offsets.length === 0 ? 0 : Math.min(...offsets);
};

const CHECKPOINT = 'positions.json';
const MAX_CHECKPOINT_BYTES = 64 * 1024 * 1024;

/**
 * The positions of all files. They become durable inside the queue's entries, with the very records they count; this
 * file sums them up before entries are removed.
 */
export class Positions {
  readonly #files: Files;
  readonly #path: string;
  readonly #byKey: Map<string, FilePosition>;
  #seq: number;
  #saved = false;
  #begun = false;
  #saving: Promise<void> = Promise.resolve();

  private constructor(files: Files, path: string, seq: number, positions: readonly FilePosition[]) {
    this.#files = files;
    this.#path = path;
    this.#seq = seq;
    this.#byKey = new Map(positions.map((position) => [position.key, position]));
  }

  /** Reads the checkpoint of a directory, empty when there is none. Throws when it is damaged. */
  static async open(files: Files, directory: string): Promise<Positions> {
    const path = `${directory}/${CHECKPOINT}`;
    const bytes = await readWhole(files, path, MAX_CHECKPOINT_BYTES);
    if (bytes === undefined) return new Positions(files, path, 0, []);
    const parsed = v.safeParse(
      v.pipe(v.string(), v.parseJson(), checkpointSchema),
      Buffer.from(bytes).toString('utf8'),
    );
    if (!parsed.success)
      throw new Error(`${path} is damaged; without it every log file would be read from its beginning again`);
    return new Positions(files, path, parsed.output.seq, parsed.output.files);
  }

  get(key: string): FilePosition | undefined {
    return this.#byKey.get(key);
  }

  all(): readonly FilePosition[] {
    return [...this.#byKey.values()];
  }

  /** Takes over what the header of entry `seq` says, unless the checkpoint is newer. */
  replay(seq: number, header: Uint8Array): void {
    if (seq <= this.#seq) return;
    const { positions } = v.parse(headerSchema, JSON.parse(Buffer.from(header).toString('utf8')));
    this.committed(seq, positions);
  }

  /** The header of an entry that holds the records up to these positions. */
  header(positions: readonly FilePosition[]): Uint8Array {
    return Buffer.from(JSON.stringify({ positions }));
  }

  /** Entry `seq`, which moved these files on, is durable. */
  committed(seq: number, positions: readonly FilePosition[]): void {
    this.#seq = seq;
    for (const position of positions) {
      if (position.ended === true) this.#byKey.delete(position.key);
      else this.#byKey.set(position.key, position);
    }
    this.#saved = false;
  }

  /** Files without records (empty, ended) change without an entry; the next checkpoint holds it. */
  note(position: FilePosition): void {
    this.committed(this.#seq, [position]);
  }

  /**
   * A file is followed from here on. What is known of it already counts more: records that are read again after a kill
   * begin there.
   */
  begin(position: FilePosition): void {
    if (this.#byKey.has(position.key)) return;
    this.note(position);
    this.#begun = true;
  }

  /**
   * Makes it durable which files are followed, to be called before they are read: a file that is renamed and an agent
   * that is killed before its first entry would otherwise leave records of which nobody knows.
   */
  async keepBegun(): Promise<void> {
    if (!this.#begun) return;
    await this.save();
    this.#begun = false;
  }

  /** Writes the checkpoint: durable when it resolves. Rejects with file errors; the next call tries again. */
  save(): Promise<void> {
    const saving = this.#saving.then(() => this.#write());
    this.#saving = saving.catch(() => undefined);
    return saving;
  }

  async #write(): Promise<void> {
    if (this.#saved) return;
    this.#saved = true;
    try {
      const content = { version: 1, seq: this.#seq, files: this.all() };
      await replaceFile(this.#files, this.#path, [Buffer.from(JSON.stringify(content))]);
    } catch (error) {
      this.#saved = false;
      throw error;
    }
  }
}
