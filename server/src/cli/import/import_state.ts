import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';

const position = v.object({
  /** UTC day being sent, as days since the epoch. */
  day: v.pipe(v.number(), v.safeInteger()),
  /** Where in the index the next series stands, 0 for the first. */
  next: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  /** Samples of the block sent so far. */
  samples: v.pipe(v.number(), v.minValue(0)),
});
const shape = v.object({
  version: v.literal(1),
  server: v.string(),
  done: v.array(v.string()),
  blocks: v.record(v.string(), position),
});

/** How far a block has come. */
export type BlockPosition = v.InferOutput<typeof position>;

/** A file of state that is no such file. */
export class ImportStateError extends Error {
  override readonly name = 'ImportStateError';
}

/** What an import has done, in a small JSON file that is replaced as a whole: an import that stopped goes on from it. */
export class ImportState {
  readonly #path: string;
  readonly #server: string;
  readonly #done: Set<string>;
  readonly #blocks: Map<string, BlockPosition>;

  /**
   * @param server address of the server, so that the state of one server is not taken for another's
   * @throws ImportStateError when the file holds something else
   */
  constructor(path: string, server: string) {
    this.#path = path;
    this.#server = server;
    const known = readState(path);
    const same = known?.server === server;
    this.#done = new Set(same ? known.done : []);
    this.#blocks = new Map(same ? Object.entries(known.blocks) : []);
  }

  isDone(ulid: string): boolean {
    return this.#done.has(ulid);
  }

  position(ulid: string): BlockPosition | undefined {
    return this.#blocks.get(ulid);
  }

  /** Notes what the server has acknowledged. */
  advance(ulid: string, at: BlockPosition): void {
    this.#blocks.set(ulid, at);
    this.#save();
  }

  finish(ulid: string): void {
    this.#blocks.delete(ulid);
    this.#done.add(ulid);
    this.#save();
  }

  #save(): void {
    const state = { version: 1, server: this.#server, done: [...this.#done], blocks: Object.fromEntries(this.#blocks) };
    const temporary = `${this.#path}.new`;
    writeFileSync(temporary, `${JSON.stringify(state)}\n`);
    renameSync(temporary, this.#path);
  }
}

function readState(path: string): v.InferOutput<typeof shape> | null {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new ImportStateError(`${path} is not the state of an import: ${(error as Error).message}`, { cause: error });
  }
  const state = v.safeParse(shape, json);
  if (!state.success) throw new ImportStateError(`${path} is not the state of an import: ${state.issues[0].message}`);
  return state.output;
}
