import type { Block } from '../native/columns.ts';

/** Every row of an answer. @param reader makes what reads a row of a block; it is not asked for empty ones */
export function blockRows<T>(blocks: readonly Block[], reader: (block: Block) => (row: number) => T): T[] {
  return blocks.flatMap((block) => {
    if (block.rows === 0) return [];
    const read = reader(block);
    return Array.from({ length: block.rows }, (_, row) => read(row));
  });
}
